import { randomBytes } from "node:crypto";

import type { V1Pod } from "@kubernetes/client-node";

import type { Clock } from "../../../program/clock/clock.ts";
import { type ClusterClient, describeError } from "../api/cluster-client.ts";

export type PodEventWriter = (type: "Normal" | "Warning", reason: string, message: string) => void;

/** Writes Events about one pod; each text once, and a failure to write never stops the pod. */
export function createPodEvents(
  client: ClusterClient,
  clock: Clock,
  pod: V1Pod,
  log: (message: string) => void,
): PodEventWriter {
  const written = new Set<string>();
  const { name = "", namespace = "", uid = "" } = pod.metadata ?? {};

  return (type, reason, message) => {
    if (written.has(`${reason} ${message}`)) return;
    written.add(`${reason} ${message}`);
    const release = clock.hold();
    const now = new Date();
    client.core
      .createNamespacedEvent({
        namespace,
        body: {
          metadata: { name: `${name}.${randomBytes(8).toString("hex")}`, namespace },
          involvedObject: { apiVersion: "v1", kind: "Pod", name, namespace, uid },
          type,
          reason,
          message,
          count: 1,
          firstTimestamp: now,
          lastTimestamp: now,
          source: { component: "kubelet", host: pod.spec?.nodeName ?? "" },
          reportingComponent: "kubelet",
          reportingInstance: pod.spec?.nodeName ?? "",
        },
      })
      .catch((error: unknown) => log(`event ${reason} of pod ${name}: ${describeError(error)}`))
      .finally(release);
  };
}
