import type { Failure } from "../errors.ts";
import type { Concern } from "./concern.ts";
import type { ContainerObservation, TuningObservation } from "./observation.ts";
import { tuningName } from "./names.ts";

/** What one look at a tuning tells the run. */
export type TuningVerdict =
  | { readonly kind: "succeeded" }
  | { readonly kind: "failed"; readonly failure: Failure }
  | { readonly kind: "pending"; readonly stage: string; readonly concern?: Concern };

/** How often a lost pod is tried again by the Job before the run gives up: each try pays again. */
const MAX_LOST_PODS = 2;

const OUT_OF_MEMORY_EXIT_CODE = 137;

/**
 * Judges one look at a tuning.
 *
 * It reads the Job's conditions and the containers' states, never the Workspace's state: with an image
 * as output KAITO says `Running` for ever after a crash, a kill for memory or a refused push, and says
 * `Failed` for good after one lost pod although the Job goes on and may push (kaito.md, 3.3 and 3.4).
 */
export function judgeTuning(run: string, seen: TuningObservation): TuningVerdict {
  const { workspace } = seen;
  if (!workspace || workspace.deleting) {
    return failed("WORKSPACE_CHANGED", `Workspace ${tuningName(run)} was deleted by somebody else`);
  }
  if (seen.job?.complete) return { kind: "succeeded" };

  const containers = seen.pod?.containers ?? [];
  const broken = judgeContainers(run, containers);
  if (broken) return broken;
  // The pusher is done when it has ended with 0, even if `pause` keeps the Job active (kaito.md, 4.1).
  if (endedWith(containers, "pusher") === 0) return { kind: "succeeded" };

  return judgeJob(seen) ?? pending(run, { ...seen, workspace });
}

function judgeContainers(
  run: string,
  containers: readonly ContainerObservation[],
): TuningVerdict | undefined {
  const download = containers.find((c) => c.name === "data-downloader");
  if (hasFailed(download)) {
    return failed("DATA_DOWNLOAD_FAILED", `The dataset could not be downloaded ${exit(download)}`);
  }

  const trainer = containers.find((c) => c.name === tuningName(run));
  if (hasFailed(trainer)) {
    return trainer.reason === "OOMKilled" || trainer.exitCode === OUT_OF_MEMORY_EXIT_CODE
      ? failed("OUT_OF_MEMORY", `The trainer was killed for memory ${exit(trainer)}`)
      : failed("TRAINING_CRASHED", `The trainer stopped ${exit(trainer)}`);
  }

  const pusher = containers.find((c) => c.name === "pusher");
  if (hasFailed(pusher)) {
    return failed("PUSH_FAILED", `The adapter could not be pushed ${exit(pusher)}`);
  }
  return undefined;
}

function judgeJob({ job, pod }: TuningObservation): TuningVerdict | undefined {
  if (job?.failed) {
    const { reason, message } = job.failed;
    return reason === "DeadlineExceeded"
      ? failed("TUNING_TIMEOUT", message)
      : failed("TRAINING_CRASHED", `${reason}: ${message}`);
  }
  if (job && job.failedPods > MAX_LOST_PODS) {
    const last = pod?.reason ? `, the last one as ${pod.reason}` : "";
    return failed("NODE_LOST", `${job.failedPods} pods of the tuning were lost${last}`);
  }
  return undefined;
}

type Present = TuningObservation & {
  readonly workspace: NonNullable<TuningObservation["workspace"]>;
};

function pending(run: string, seen: Present): TuningVerdict {
  if (!seen.pod) {
    return {
      kind: "pending",
      stage: "waiting for a GPU node",
      concern: { code: "CAPACITY_UNAVAILABLE", message: explainNode(seen) },
    };
  }

  const containers = seen.pod.containers;
  const stuck = containers.find((c) => c.state === "waiting" && isImageTrouble(c.reason));
  if (stuck) {
    const message = `The image of container ${stuck.name} cannot be pulled (${stuck.reason})${because(stuck.message)}`;
    return {
      kind: "pending",
      stage: "pulling images",
      concern: { code: "IMAGE_PULL_FAILED", message },
    };
  }
  if (seen.pod.nodeName === undefined) {
    return {
      kind: "pending",
      stage: "waiting for a GPU node",
      concern: { code: "CAPACITY_UNAVAILABLE", message: explainNode(seen) },
    };
  }
  return { kind: "pending", stage: stageOf(run, containers) };
}

function stageOf(run: string, containers: readonly ContainerObservation[]): string {
  const running = (name: string): boolean =>
    containers.some((c) => c.name === name && c.state === "running");
  if (running("model-weights-downloader")) return "downloading the model";
  if (running("data-downloader")) return "downloading the dataset";
  if (running(tuningName(run))) return "training";
  return endedWith(containers, tuningName(run)) === 0 ? "pushing the adapter" : "starting";
}

function explainNode({ workspace: { conditions }, pod }: Present): string {
  const unmet = ["NodeClaimReady", "ResourceReady", "NodesReady", "WorkspaceSucceeded"]
    .map((type) => conditions.find((c) => c.type === type && c.status !== "True"))
    .find((condition) => condition?.message);
  const what = pod ? "no node takes the pod" : "no GPU node came";
  return unmet ? `${what}: ${unmet.type} says "${unmet.message}"` : what;
}

const IMAGE_TROUBLE = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "RegistryUnavailable",
]);

export function isImageTrouble(reason: string | undefined): boolean {
  return reason !== undefined && IMAGE_TROUBLE.has(reason);
}

function hasFailed(container: ContainerObservation | undefined): container is ContainerObservation {
  return container?.state === "terminated" && container.exitCode !== 0;
}

function endedWith(containers: readonly ContainerObservation[], name: string): number | undefined {
  const container = containers.find((c) => c.name === name);
  return container?.state === "terminated" ? container.exitCode : undefined;
}

function exit({ exitCode, reason, message }: ContainerObservation): string {
  const why = reason && reason !== "Error" ? `, ${reason}` : "";
  return `(exit code ${exitCode}${why})${because(message)}`;
}

function because(message: string | undefined): string {
  return message ? `: ${message}` : "";
}

function failed(code: Failure["code"], message: string): TuningVerdict {
  return { kind: "failed", failure: { code, message } };
}
