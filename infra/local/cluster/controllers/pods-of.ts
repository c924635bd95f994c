import type { Registry } from "../api/registry/registry.ts";
import { PODS } from "../api/resources/core-resources.ts";
import { controllerOf, type KubeObject } from "../objects/kube-object.ts";
import { Pod } from "../objects/pod.ts";

/** The pods that an object controls. */
export function podsOf(registry: Registry, owner: KubeObject): Pod[] {
  return registry
    .list(PODS, owner.metadata.namespace)
    .filter((pod) => controllerOf(pod)?.uid === owner.metadata.uid)
    .map((pod) => Pod.parse(pod));
}

export function ownerReferenceTo({ apiVersion, kind, metadata }: KubeObject): object {
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
