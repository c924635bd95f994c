import { apiTime } from "../../objects/kube-object.ts";
import type { Condition } from "../workspace.ts";

export type NewCondition = Pick<Condition, "type" | "reason" | "message"> & {
  readonly holds: boolean;
};

/**
 * Sets conditions in place, as `meta.SetStatusCondition` does: the time is that of the last change of
 * the status. Every one gets the current generation, whatever the workload is at (this is the lie that
 * a client must know of).
 */
export function mergeConditions(
  before: readonly Condition[],
  wanted: readonly NewCondition[],
  generation: number,
  lastError: string | undefined,
): Condition[] {
  const suffix = lastError === undefined ? "" : ` (last reconcile error: ${lastError})`;
  const next = new Map(before.map((condition) => [condition.type, condition]));
  for (const { type, reason, message, holds } of wanted) {
    const old = next.get(type);
    const status = holds ? "True" : "False";
    next.set(type, {
      type,
      status,
      reason,
      message: `${message}${suffix}`,
      observedGeneration: generation,
      lastTransitionTime: old?.status === status ? old.lastTransitionTime : apiTime(),
    });
  }
  return [...next.values()];
}
