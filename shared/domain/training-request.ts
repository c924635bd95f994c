import { z } from "zod";

import { FailureCode } from "../errors.ts";

/** A blob as an event or a listing names it. The ETag is its version. */
export const DatasetBlob = z.object({
  name: z.string(),
  etag: z.string(),
  size: z.number().int().nonnegative(),
});
export type DatasetBlob = z.infer<typeof DatasetBlob>;

export const TriggerSource = z.enum(["upload", "webhook", "schedule", "manual"]);

/** One wish to train. Its id is derived from the event, so a duplicate has the same id. */
export const TrainingRequest = z.object({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  pipeline: z.string(),
  source: TriggerSource,
  requestedAt: z.iso.datetime(),
  /** What an upload named. Empty means the whole prefix as it is at the freeze. */
  datasets: z.array(DatasetBlob),
  requestedBy: z.string(),
});
export type TrainingRequest = z.infer<typeof TrainingRequest>;

/** `received` -> `waiting` -> `running` -> `done`; `refused` was never admitted. */
export const RequestState = z.enum(["received", "waiting", "running", "done", "refused"]);
export type RequestState = z.infer<typeof RequestState>;

/** A request as its table keeps it: every one ever accepted, with what became of it. */
export const RequestRecord = TrainingRequest.extend({
  state: RequestState,
  run: z.string().optional(),
  /** Why it was refused. */
  code: FailureCode.optional(),
  message: z.string().optional(),
});
export type RequestRecord = z.infer<typeof RequestRecord>;

/** A message that could not be read as an event: kept, listed, never dropped. */
export const UnreadableMessage = z.object({
  id: z.string(),
  receivedAt: z.iso.datetime(),
  reason: z.string(),
  /** The first part of the message; never more than 2,000 characters. */
  excerpt: z.string(),
});
export type UnreadableMessage = z.infer<typeof UnreadableMessage>;
