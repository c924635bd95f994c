import { z } from "zod";

import type { JobObservation } from "../../domain/observation.ts";
import { Meta } from "./kube-objects.ts";
import { Conditions, trueCondition } from "./observe-conditions.ts";

export const Job = z.object({
  ...Meta.shape,
  status: z
    .object({
      conditions: Conditions,
      active: z.number().int().default(0),
      failed: z.number().int().default(0),
    })
    .prefault({}),
});

export function toJobObservation({ metadata, status }: z.infer<typeof Job>): JobObservation {
  const failed = trueCondition(status.conditions, "Failed");
  return {
    createdAt: metadata.creationTimestamp,
    deleting: metadata.deletionTimestamp !== undefined,
    complete: trueCondition(status.conditions, "Complete") !== undefined,
    ...(failed && { failed: { reason: failed.reason ?? "", message: failed.message ?? "" } }),
    active: status.active,
    failedPods: status.failed,
  };
}
