import type { Registry } from "../../api/registry/registry.ts";
import { SERVICES } from "../../api/resources/core-resources.ts";
import { ownerReferenceTo } from "../../controllers/pods-of.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import { WORKSPACE_LABEL } from "../workspace.ts";

const PORTS = [
  { name: "http", port: 80, targetPort: 5000 },
  { name: "ray", port: 6379, targetPort: 6379 },
  { name: "dashboard", port: 8265, targetPort: 8265 },
  { name: "kv-events", port: 5557, targetPort: 5557 },
];

/** kaito: manifests.go:66-133: both publish pods that are not ready, so callers hit those too. */
export function ensureServices(registry: Registry, workspace: KubeObject, isVllm: boolean): void {
  const { name, namespace } = workspace.metadata;
  const selector = { [WORKSPACE_LABEL]: name };
  ensure(name, {
    type: "ClusterIP",
    ports: isVllm ? PORTS : PORTS.slice(0, 1),
    // Only the first pod: on several machines it is the one that answers.
    selector: { ...selector, "statefulset.kubernetes.io/pod-name": `${name}-0` },
    publishNotReadyAddresses: true,
  });
  ensure(`${name}-headless`, { clusterIP: "None", selector, publishNotReadyAddresses: true });

  function ensure(service: string, spec: object): void {
    if (registry.find(SERVICES, namespace, service)) return;
    registry.create(SERVICES, namespace, {
      metadata: { name: service, ownerReferences: [ownerReferenceTo(workspace)] },
      spec,
    });
  }
}
