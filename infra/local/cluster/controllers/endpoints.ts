import { ENDPOINTS, PODS, SERVICES } from "../api/resources/core-resources.ts";
import { ENDPOINT_SLICES } from "../api/resources/group-resources.ts";
import { idOf, type Resource } from "../api/resource.ts";
import { fitsSelector } from "../api/registry/selectors.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { hasEnded, isReady, isTerminating, Pod } from "../objects/pod.ts";
import { Service, type ServicePort } from "../objects/service.ts";
import { type Controller, type ControllerContext, keyOf, splitKey } from "./controller.ts";
import { ownerReferenceTo } from "./pods-of.ts";
import { WorkQueue } from "./work-queue.ts";

const LATENCY_MS = 5;

/** Keeps Endpoints and one EndpointSlice for each Service that has a selector. */
export function startEndpointsController(context: ControllerContext): Controller {
  const { registry, clock, log } = context;
  const queue = new WorkQueue({
    clock,
    reconcile: (key) => reconcile(key, context),
    latencyMs: LATENCY_MS,
    log: (message) => log(`endpoints controller: ${message}`),
  });
  const unsubscribe = registry.store.subscribe(({ resource, object }) => {
    if (idOf(resource) === idOf(SERVICES)) queue.add(keyOf(object.metadata));
    if (idOf(resource) !== idOf(PODS)) return;
    for (const { metadata } of registry.list(SERVICES, object.metadata.namespace)) {
      queue.add(keyOf(metadata));
    }
  });
  for (const { metadata } of registry.list(SERVICES)) queue.add(keyOf(metadata));
  return {
    stop() {
      unsubscribe();
      queue.stop();
    },
  };
}

function reconcile(key: string, context: ControllerContext): void {
  const { registry } = context;
  const { namespace, name } = splitKey(key);
  const stored = registry.find(SERVICES, namespace, name);
  if (!stored) {
    for (const resource of [ENDPOINTS, ENDPOINT_SLICES]) {
      if (registry.find(resource, namespace, name)) registry.delete(resource, namespace, name);
    }
    return;
  }
  const { spec } = Service.parse(stored);
  const { selector } = spec;
  if (!selector) return;
  const pods = registry
    .list(PODS, namespace)
    .map((pod) => Pod.parse(pod))
    .filter(
      (pod) =>
        fitsSelector(pod.metadata.labels, { matchLabels: selector }) &&
        pod.status.podIP !== undefined &&
        !hasEnded(pod),
    );
  put(ENDPOINTS, stored, { subsets: subsetsOf(pods, spec) }, context);
  put(ENDPOINT_SLICES, stored, sliceOf(pods, spec), context);
}

function put(
  resource: Resource,
  service: KubeObject,
  content: object,
  { registry }: ControllerContext,
): void {
  const { name, namespace, labels } = service.metadata;
  const before = registry.find(resource, namespace, name);
  if (before) {
    registry.update(resource, { ...before, ...content });
    return;
  }
  const metadata = {
    name,
    namespace,
    labels: { ...labels, "kubernetes.io/service-name": name },
    ownerReferences: [ownerReferenceTo(service)],
  };
  registry.create(resource, namespace, { metadata, ...content });
}

type Spec = Service["spec"];

/** kubernetes: pkg/controller/endpoint: a pod that ends is left out unless unready pods count. */
function subsetsOf(pods: readonly Pod[], spec: Spec): object[] {
  const all = spec.publishNotReadyAddresses;
  const counted = pods.filter((pod) => all || !isTerminating(pod));
  const ready = counted.filter((pod) => all || isReady(pod));
  const others = counted.filter((pod) => !ready.includes(pod));
  if (counted.length === 0) return [];
  return [
    {
      ...(ready.length > 0 && { addresses: ready.map(addressOf) }),
      ...(others.length > 0 && { notReadyAddresses: others.map(addressOf) }),
      ports: spec.ports.flatMap((port) => portOf(port, counted[0])),
    },
  ];
}

function addressOf(pod: Pod): object {
  return { ip: pod.status.podIP, nodeName: pod.spec.nodeName, targetRef: referenceTo(pod) };
}

function sliceOf(pods: readonly Pod[], spec: Spec): object {
  return {
    addressType: "IPv4",
    endpoints: pods.map((pod) => {
      const serving = isReady(pod);
      const terminating = isTerminating(pod);
      const ready = spec.publishNotReadyAddresses || (serving && !terminating);
      return {
        addresses: [pod.status.podIP],
        conditions: { ready, serving, terminating },
        nodeName: pod.spec.nodeName,
        targetRef: referenceTo(pod),
      };
    }),
    ports: spec.ports.flatMap((port) => portOf(port, pods[0])),
  };
}

function referenceTo({ metadata }: Pod): object {
  const { name, namespace, uid } = metadata;
  return { kind: "Pod", namespace, name, uid };
}

/** A target port may be the name of a container's port. */
function portOf({ name, port, protocol, targetPort }: ServicePort, pod: Pod | undefined): object[] {
  const target = targetPort ?? port;
  const number =
    typeof target === "number"
      ? target
      : pod?.spec.containers.flatMap(({ ports }) => ports).find((each) => each.name === target)
          ?.containerPort;
  if (number === undefined) return [];
  return [{ ...(name !== undefined && { name }), port: number, protocol }];
}
