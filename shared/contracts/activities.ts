import { z } from "zod";

import { PendingRun } from "../domain/admission.ts";
import { ServingObservation, TuningObservation } from "../domain/observation.ts";
import { ActivePhase, EndPhase, Progress, RunId } from "../domain/run.ts";
import { RequestState } from "../domain/training-request.ts";
import { Failure } from "../errors.ts";
import { BRISK, defineActivity, PATIENT } from "./activity-contract.ts";

// Inputs and outputs are ids and small facts only: they stay in the history for a month. What is big or
// secret is read by the activity that needs it, from its one home.

const OfRun = z.object({ run: RunId });
const OfRequest = z.object({ pipeline: z.string(), request: z.string() });
const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

// --- intake ---------------------------------------------------------------------------------------

/** Where the request stands, and the highest run number used: the entity must never reuse one. */
export const readRequest = defineActivity({
  name: "readRequest",
  input: OfRequest,
  output: z.object({ state: RequestState, highestSequence: z.number().int() }),
  retry: PATIENT,
});

/** Says in the request's row that it waits for its turn. */
export const markWaiting = defineActivity({
  name: "markWaiting",
  input: OfRequest,
  output: z.null(),
  retry: PATIENT,
});

/** Makes the run's row, moves the requests into it, starts its orchestration. */
export const startRun = defineActivity({
  name: "startRun",
  input: PendingRun,
  output: z.null(),
  retry: PATIENT,
});

/** The highest run number of a pipeline. */
export const readSequence = defineActivity({
  name: "readSequence",
  input: z.object({ pipeline: z.string() }),
  output: z.object({ highestSequence: z.number().int() }),
  retry: PATIENT,
});

// --- a run's own record ---------------------------------------------------------------------------

/** Durations that the waiting orchestrations go by; all in milliseconds. */
export const Limits = z.object({
  pollIntervalMs: z.number().int().positive(),
  tuningDeadlineMs: z.number().int().positive(),
  capacityTimeoutMs: z.number().int().positive(),
  imagePullGraceMs: z.number().int().positive(),
  unreachableLimitMs: z.number().int().positive(),
  rolloutTimeoutMs: z.number().int().positive(),
  crashLoopGraceMs: z.number().int().positive(),
});
export type Limits = z.infer<typeof Limits>;

/** Freezes the pipeline's document for the run. `nothingToDo`: ended already, or no request is left. */
export const beginRun = defineActivity({
  name: "beginRun",
  input: OfRun,
  output: z.object({ nothingToDo: z.boolean(), limits: Limits }),
  retry: PATIENT,
});

/** Writes the phase into the run's row. */
export const enterPhase = defineActivity({
  name: "enterPhase",
  input: z.object({ run: RunId, phase: ActivePhase }),
  output: z.object({ cancelRequested: z.boolean() }),
  retry: PATIENT,
});

/** Writes how the run ended; a run ends once, a second end changes nothing but what was left behind. */
export const endRun = defineActivity({
  name: "endRun",
  input: z.object({
    run: RunId,
    phase: EndPhase,
    failure: Failure.optional(),
    note: z.string().optional(),
    leftBehind: z.array(z.string()),
  }),
  output: z.null(),
  retry: PATIENT,
});

// --- data -----------------------------------------------------------------------------------------

/** Fixes which blobs, at which ETags, the run trains on. */
export const freezeDataset = defineActivity({
  name: "freezeDataset",
  input: OfRun,
  output: z.object({ blobs: z.number().int() }),
  retry: PATIENT,
});

/** Checks every row and merges the frozen blobs into the one file that KAITO trains on. */
export const prepareDataset = defineActivity({
  name: "prepareDataset",
  input: OfRun,
  output: z.object({
    rows: z.number().int(),
    datasetSha256: z.string(),
    /** The serving version that was made by this very recipe: then there is nothing to do. */
    sameAsVersion: z.number().int().optional(),
  }),
  retry: PATIENT,
});

/** Asks cluster, registry and pipeline whether a tuning could work, before anything costs money. */
export const preflight = defineActivity({
  name: "preflight",
  input: OfRun,
  output: z.null(),
  retry: PATIENT,
});

// --- tuning ---------------------------------------------------------------------------------------

/** Creates the tuning Workspace; looks at the run's row before and after. */
export const startTuning = defineActivity({
  name: "startTuning",
  input: OfRun,
  output: z.null(),
  retry: PATIENT,
});

/** One look. An unreachable cluster is something seen, not a failure. */
export const lookAtTuning = defineActivity({
  name: "lookAtTuning",
  input: z.object({ run: RunId, renewCredentials: z.boolean() }),
  output: z.object({
    unreachable: z.string().optional(),
    observation: TuningObservation.optional(),
    progress: Progress.optional(),
    cancelRequested: z.boolean(),
  }),
  retry: BRISK,
});

/** Keeps the trainer's log. @returns the last lines of what may explain a failure */
export const saveTuningLog = defineActivity({
  name: "saveTuningLog",
  input: OfRun,
  output: z.object({ trainer: z.array(z.string()), pusher: z.array(z.string()) }),
  retry: BRISK,
});

/** Deletes the run's tuning objects. @returns what is still there, in words */
export const removeTuning = defineActivity({
  name: "removeTuning",
  input: OfRun,
  output: z.object({ remaining: z.array(z.string()) }),
  retry: PATIENT,
});

// --- version --------------------------------------------------------------------------------------

/** Reads every byte of the pushed image and checks it. */
export const verifyAdapter = defineActivity({
  name: "verifyAdapter",
  input: OfRun,
  output: z.object({
    digest: Digest,
    contentHash: z.string(),
    rank: z.number().int(),
    sizeBytes: z.number().int(),
  }),
  retry: PATIENT,
});

/** Takes the next version number for the verified content. */
export const claimVersion = defineActivity({
  name: "claimVersion",
  input: z.object({
    run: RunId,
    digest: Digest,
    contentHash: z.string(),
    rank: z.number().int(),
    sizeBytes: z.number().int(),
  }),
  output: z.object({ version: z.number().int(), isNew: z.boolean() }),
  retry: PATIENT,
});

/** Tags, locks and describes the version in the registry, then marks it active. */
export const publishVersion = defineActivity({
  name: "publishVersion",
  input: z.object({ run: RunId, version: z.number().int() }),
  output: z.null(),
  retry: PATIENT,
});

// --- serving --------------------------------------------------------------------------------------

const OfRollout = z.object({ run: RunId, version: z.number().int() });

/** Asks the pipeline's questions of what serves now, keeps the answers, and says what it is. */
export const askBefore = defineActivity({
  name: "askBefore",
  input: OfRun,
  output: z.object({
    asked: z.number().int(),
    /** The Workspace that serves, or will. */
    workspace: z.string(),
    /** The version that serves: a failed rollout goes back to it. Absent before the first one. */
    version: z.number().int().optional(),
  }),
  retry: BRISK,
});

/** Makes the serving Workspace serve this version: creates it, or replaces its adapter. */
export const startRollout = defineActivity({
  name: "startRollout",
  input: OfRollout,
  output: z.object({
    action: z.enum(["created", "changed", "unchanged"]),
    /** The Workspace's hash before the change: KAITO has taken it up once the hash differs. */
    oldHash: z.string().optional(),
  }),
  retry: PATIENT,
});

/** One look at the serving Workspace. */
export const lookAtServing = defineActivity({
  name: "lookAtServing",
  input: OfRollout,
  output: z.object({
    unreachable: z.string().optional(),
    observation: ServingObservation.optional(),
    image: z.string(),
    cancelRequested: z.boolean(),
  }),
  retry: BRISK,
});

/** `/v1/models` lists the adapter, and the same questions get answers: kept side by side. */
export const verifyServing = defineActivity({
  name: "verifyServing",
  input: OfRollout,
  output: z.null(),
  retry: PATIENT,
});

/** Records what serves now. */
export const recordRelease = defineActivity({
  name: "recordRelease",
  input: OfRollout,
  output: z.null(),
  retry: PATIENT,
});

/** Nothing automatic serves this content again. */
export const quarantineVersion = defineActivity({
  name: "quarantineVersion",
  input: OfRollout.extend({ reason: z.string() }),
  output: z.null(),
  retry: PATIENT,
});
