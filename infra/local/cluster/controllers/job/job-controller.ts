import { PODS } from "../../api/resources/core-resources.ts";
import { JOBS } from "../../api/resources/group-resources.ts";
import { idOf } from "../../api/resource.ts";
import type { Change } from "../../api/store/store.ts";
import { controllerOf, type KubeObject } from "../../objects/kube-object.ts";
import { Pod } from "../../objects/pod.ts";
import { type Controller, type ControllerContext, keyOf, splitKey } from "../controller.ts";
import { WorkQueue } from "../work-queue.ts";
import { BackOff } from "./back-off.ts";
import { releasePod } from "./job-pod.ts";
import { syncJob } from "./sync-job.ts";

const NEW_JOB_MS = 2;

/** Runs Jobs to completion (kubernetes: pkg/controller/job, without indexes and failure policies). */
export function startJobController(context: ControllerContext): Controller {
  const { registry, timings, clock, log } = context;
  const backOff = new BackOff(timings.jobBackOff);
  const queue = new WorkQueue({
    clock,
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const stored = registry.find(JOBS, namespace, name);
      const again = stored && syncJob(stored, context, backOff);
      if (again) queue.add(key, again.afterMs, again);
    },
    latencyMs: timings.jobSync,
    log: (message) => log(`job controller: ${message}`),
  });
  // Pods whose Job is gone are counted by nobody, and must still be let go.
  const orphans = new WorkQueue({
    clock,
    reconcile: (key) => releaseOrphan(key, context),
    latencyMs: 0,
    log: (message) => log(`job controller: ${message}`),
  });

  function notice({ type, resource, object }: Change): void {
    if (idOf(resource) === idOf(JOBS)) {
      queue.add(keyOf(object.metadata), type === "ADDED" ? NEW_JOB_MS : undefined);
      if (type !== "DELETED") return;
      backOff.forget(object.metadata.uid ?? "");
      for (const pod of registry.list(PODS, object.metadata.namespace)) {
        if (controllerOf(pod)?.uid === object.metadata.uid) orphans.add(keyOf(pod.metadata));
      }
    } else if (idOf(resource) === idOf(PODS)) {
      noticePod(object);
    }
  }

  function noticePod(pod: KubeObject): void {
    const owner = controllerOf(pod);
    if (owner?.kind !== JOBS.kind) return;
    queue.add(`${pod.metadata.namespace ?? ""}/${owner.name}`);
    if (pod.metadata.deletionTimestamp !== undefined) orphans.add(keyOf(pod.metadata));
  }

  const unsubscribe = registry.store.subscribe(notice);
  for (const { metadata } of registry.list(JOBS)) queue.add(keyOf(metadata));
  for (const { metadata } of registry.list(PODS)) orphans.add(keyOf(metadata));
  return {
    stop() {
      unsubscribe();
      queue.stop();
      orphans.stop();
    },
  };
}

function releaseOrphan(key: string, { registry }: ControllerContext): void {
  const { namespace, name } = splitKey(key);
  const pod = registry.find(PODS, namespace, name);
  const owner = pod && controllerOf(pod);
  if (!pod || owner?.kind !== JOBS.kind) return;
  const job = registry.find(JOBS, namespace, owner.name);
  if (job?.metadata.uid !== owner.uid) releasePod(registry, Pod.parse(pod));
}
