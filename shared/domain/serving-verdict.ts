import type { Failure } from "../errors.ts";
import type { Concern } from "./concern.ts";
import type { ContainerObservation, PodObservation, ServingObservation } from "./observation.ts";
import { isImageTrouble } from "./tuning-verdict.ts";

/** What one look at the serving Workspace tells the rollout. */
export type ServingVerdict =
  | { readonly kind: "live" }
  | { readonly kind: "failed"; readonly failure: Failure }
  | { readonly kind: "pending"; readonly stage: string; readonly concern?: Concern };

export interface Wanted {
  readonly image: string;
  /** The Workspace's hash before the change; `undefined` when nothing had to change. */
  readonly oldHash?: string | undefined;
}

/**
 * Judges one look at a rollout by the recipe of kaito.md 5.3, all steps of it.
 *
 * Right after a patch KAITO reports `Ready` with the new observedGeneration and equal revisions while
 * the old adapter still serves: only the changed hash (1) and the image in the StatefulSet's own
 * template (4) tell the difference.
 */
export function judgeServing(seen: ServingObservation, wanted: Wanted): ServingVerdict {
  const { workspace, statefulSet } = seen;
  if (!workspace) {
    return failed("WORKSPACE_CHANGED", "The serving Workspace was deleted by somebody else");
  }
  if (!workspace.adapters.some(({ image }) => image === wanted.image)) {
    return failed("WORKSPACE_CHANGED", "The adapter was changed by somebody else meanwhile");
  }

  if (wanted.oldHash !== undefined && workspace.hash === wanted.oldHash) {
    return pending("waiting for KAITO to take up the change"); // 1
  }
  if (!statefulSet) return pending("waiting for a GPU node", capacity(seen));
  if (statefulSet.revision !== workspace.revision) return pending("updating the StatefulSet"); // 2
  if (!statefulSet.pulls.includes(wanted.image)) return pending("updating the StatefulSet"); // 4

  const current = seen.pods.filter((pod) => !pod.deleting);
  if (!isRolledOut(statefulSet)) return judgePods(seen, current); // 3
  if (!isReady(workspace)) return pending("waiting for KAITO to call it ready"); // 5
  return { kind: "live" };
}

function isRolledOut(set: NonNullable<ServingObservation["statefulSet"]>): boolean {
  return (
    set.observedGeneration >= set.generation &&
    (set.updateRevision === set.currentRevision || set.updatedReplicas === set.replicas) &&
    set.readyReplicas === set.replicas
  );
}

function isReady({ conditions, state }: NonNullable<ServingObservation["workspace"]>): boolean {
  const isTrue = (type: string): boolean =>
    conditions.some((c) => c.type === type && c.status === "True");
  // KAITO before 0.9 has no state: there the conditions alone must do.
  const stateAgrees = state === undefined || state === "Ready";
  return stateAgrees && isTrue("InferenceReady") && isTrue("ResourceReady");
}

function judgePods(seen: ServingObservation, pods: readonly PodObservation[]): ServingVerdict {
  const [pod] = pods;
  if (!pod) return pending("waiting for the new pod");
  if (pod.nodeName === undefined) return pending("waiting for a GPU node", capacity(seen));

  const image = pod.containers.find((c) => c.state === "waiting" && isImageTrouble(c.reason));
  if (image) {
    return pending("pulling images", {
      code: "IMAGE_PULL_FAILED",
      message: `The image of container ${image.name} cannot be pulled (${image.reason})`,
    });
  }
  const crashing = pod.containers.find((c) => isCrashing(c));
  if (crashing) {
    return pending("the model does not start", {
      code: "ROLLOUT_FAILED",
      message: `Container ${crashing.name} of ${pod.name} keeps crashing${howItEnded(crashing)}`,
    });
  }
  return pending(pod.containers.some(isPulling) ? "pulling the adapter" : "loading the model");
}

function isCrashing(container: ContainerObservation): boolean {
  if (container.state === "waiting") return container.reason === "CrashLoopBackOff";
  if (container.state === "terminated") return container.exitCode !== 0;
  return container.restartCount > 0 && (container.lastExitCode ?? 0) !== 0;
}

function howItEnded({ exitCode, lastExitCode, lastReason, reason }: ContainerObservation): string {
  const code = lastExitCode ?? exitCode;
  const why = lastReason ?? reason;
  return code === undefined ? "" : ` (exit code ${code}${why ? `, ${why}` : ""})`;
}

function isPulling(container: ContainerObservation): boolean {
  return container.init && container.name.startsWith("puller-") && container.state === "running";
}

function capacity({ workspace }: ServingObservation): Concern {
  const unmet = workspace?.conditions.find(
    ({ type, status, message }) =>
      ["NodeClaimReady", "ResourceReady", "NodesReady"].includes(type) &&
      status !== "True" &&
      Boolean(message),
  );
  const message = unmet
    ? `no GPU node came: ${unmet.type} says "${unmet.message}"`
    : "no GPU node came";
  return { code: "CAPACITY_UNAVAILABLE", message };
}

function pending(stage: string, concern?: Concern): ServingVerdict {
  return concern ? { kind: "pending", stage, concern } : { kind: "pending", stage };
}

function failed(code: Failure["code"], message: string): ServingVerdict {
  return { kind: "failed", failure: { code, message } };
}

/**
 * Seconds in which nothing answered while the one pod was replaced: from the old pod's end, at the
 * earliest seen, to the new pod's Ready. The cluster's clock has a resolution of one second.
 */
export function servingGapSeconds(oldPodGoneAt: string, newPodReadyAt: string): number {
  return Math.max(0, (Date.parse(newPodReadyAt) - Date.parse(oldPodGoneAt)) / 1000);
}
