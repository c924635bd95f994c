import { z } from "zod";

import type { KubeObject } from "../../objects/kube-object.ts";
import { Job, StatefulSet } from "../../objects/workloads.ts";
import { AGE_COLUMN, ageOf, column, type Columns, NAME_COLUMN } from "./columns.ts";

export const JOB_COLUMNS: Columns = [
  NAME_COLUMN,
  column("Status", jobStatus),
  column("Completions", completions),
  column("Duration", duration),
  AGE_COLUMN,
  column("Containers", (job) => containersOf(job, "name"), { wide: true }),
  column("Images", (job) => containersOf(job, "image"), { wide: true }),
];

export const STATEFUL_SET_COLUMNS: Columns = [
  NAME_COLUMN,
  column("Ready", (set) => {
    const { spec, status } = StatefulSet.parse(set);
    return `${status.readyReplicas ?? 0}/${spec.replicas}`;
  }),
  AGE_COLUMN,
  column("Containers", (set) => containersOf(set, "name"), { wide: true }),
  column("Images", (set) => containersOf(set, "image"), { wide: true }),
];

/** kubernetes: pkg/printers/internalversion/printers.go, printJob. */
function jobStatus(object: KubeObject): string {
  const { metadata, spec, status } = Job.parse(object);
  const has = (type: string): boolean =>
    (status.conditions ?? []).some((each) => each.type === type && each.status === "True");
  if (has("Complete")) return "Complete";
  if (has("Failed")) return "Failed";
  if (metadata.deletionTimestamp !== undefined) return "Terminating";
  if (spec.suspend) return "Suspended";
  if (has("FailureTarget")) return "FailureTarget";
  return has("SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
}

function completions(object: KubeObject): string {
  const { spec, status } = Job.parse(object);
  return `${status.succeeded ?? 0}/${spec.completions ?? 1}`;
}

function duration(object: KubeObject): string {
  const { startTime, completionTime } = Job.parse(object).status;
  if (startTime === undefined) return "";
  return ageOf(startTime, completionTime === undefined ? Date.now() : Date.parse(completionTime));
}

const Workload = z.object({ spec: Job.shape.spec.pick({ template: true }) });

function containersOf(object: KubeObject, field: "name" | "image"): string {
  const { containers } = Workload.parse(object).spec.template.spec;
  return containers.map((each) => each[field] ?? "").join(",");
}
