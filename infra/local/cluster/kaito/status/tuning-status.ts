import { Job } from "../../objects/workloads.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { NewCondition } from "./conditions.ts";

export interface WorkloadStatus {
  readonly state: string;
  readonly conditions: readonly NewCondition[];
}

/**
 * kaito: collectTuningStatusSnapshot and applyTuningWorkspaceStatus, controller:1148-1260: one failed
 * pod is "failed" for good, and a pod that merely exists is "started".
 */
export function tuningStatus(job: KubeObject | undefined): WorkloadStatus {
  const { active = 0, failed = 0, ready = 0, succeeded = 0 } = job ? Job.parse(job).status : {};
  if (failed > 0) {
    return both(
      "Failed",
      [false, "WorkspaceTuningJobStatusFailed", "tuning job failed"],
      [false, "workspaceFailed", "tuning job failed"],
    );
  }
  const started = [true, "WorkspaceTuningJobStatusStarted", "Tuning job has started"] as const;
  if (succeeded > 0) {
    return both("Succeeded", started, [true, "workspaceSucceeded", "workspace succeeds"]);
  }
  if (ready + active > 0) {
    return both("Running", started, [
      false,
      "workspacePending",
      "workspace has not completed yet, tuning job is running",
    ]);
  }
  return both(
    "Pending",
    [false, "WorkspaceTuningJobStatusPending", "Tuning job has not started"],
    [false, "workspacePending", "workspace is initializing, tuning job has not started"],
  );
}

type Facts = readonly [holds: boolean, reason: string, message: string];

function both(state: string, job: Facts, workspace: Facts): WorkloadStatus {
  return {
    state,
    conditions: [condition("JobStarted", job), condition("WorkspaceSucceeded", workspace)],
  };
}

function condition(type: string, [holds, reason, message]: Facts): NewCondition {
  return { type, holds, reason, message };
}
