import { z } from "zod";

import { Condition } from "../../domain/observation.ts";
import { redact } from "./redact.ts";

/** Conditions as they may be kept: KAITO appends its last error to them, whatever it quotes. */
export const Conditions = z
  .array(
    z.object({ ...Condition.shape }).transform(({ message, ...rest }) => ({
      ...rest,
      ...(message !== undefined && { message: redact(message) }),
    })),
  )
  .default([]);

/** The condition, if it is True. */
export function trueCondition(
  conditions: readonly Condition[],
  wanted: string,
): Condition | undefined {
  return conditions.find(({ type, status }) => type === wanted && status === "True");
}
