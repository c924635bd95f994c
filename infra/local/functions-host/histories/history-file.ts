import { readFileSync } from "node:fs";

import { z } from "zod";

import { UsageError } from "../../program/usage-error.ts";
import { HistoryEvent } from "../durable/history.ts";
import { type Instance, ParentInstance, RuntimeStatus } from "../durable/instance.ts";
import { reasonOf } from "../../program/reason-of.ts";

const FORMAT = 1;

/** One execution of an orchestration, as it was: what replays compare the code with. */
export const SavedHistory = z.object({
  format: z.literal(FORMAT, {
    error: `this version reads histories of format ${FORMAT}; record it again`,
  }),
  orchestration: z.string().min(1),
  instanceId: z.string().min(1),
  executionId: z.string().min(1),
  version: z.string(),
  status: RuntimeStatus,
  /** JSON text. */
  input: z.string().nullable(),
  parent: ParentInstance.nullable(),
  history: z.array(HistoryEvent).min(1, "there is no event in it"),
});
export type SavedHistory = z.infer<typeof SavedHistory>;

export function savedHistoryOf(instance: Instance, history: HistoryEvent[]): SavedHistory {
  const { id: instanceId, executionId, name: orchestration, ...rest } = instance;
  const { version, status, input, parent } = rest;
  return {
    format: FORMAT,
    orchestration,
    instanceId,
    executionId,
    version,
    status,
    input,
    parent,
    history,
  };
}

/** The instance that an execution belonged to, as far as its orchestrator can see it. */
export function instanceOf(saved: SavedHistory): Instance {
  const { instanceId: id, executionId, orchestration: name, version, input, parent } = saved;
  const [first] = saved.history;
  const beganAt = first?.Timestamp ?? "";
  return {
    id,
    executionId,
    name,
    version,
    status: "Running",
    input,
    output: null,
    customStatus: null,
    createdAt: beganAt,
    updatedAt: beganAt,
    parent,
  };
}

/** @throws {UsageError} naming the file, and what in it is wrong */
export function readSavedHistory(file: string): SavedHistory {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const reason = reasonOf(error);
    throw new UsageError(`${file} is no history: ${reason}`, { cause: error });
  }
  const parsed = SavedHistory.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UsageError(`${file} is no history: ${z.prettifyError(parsed.error)}`);
}

export function formatSavedHistory(saved: SavedHistory): string {
  return `${JSON.stringify(saved, undefined, 2)}\n`;
}
