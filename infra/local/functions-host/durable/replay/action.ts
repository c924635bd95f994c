import { z } from "zod";

import { FailureDetails } from "../history.ts";

/** How durable-functions writes `RetryOptions`. */
export const RetryPolicy = z.object({
  firstRetryIntervalInMilliseconds: z.number(),
  maxNumberOfAttempts: z.number(),
  backoffCoefficient: z.number().nullish(),
  maxRetryIntervalInMilliseconds: z.number().nullish(),
  retryTimeoutInMilliseconds: z.number().nullish(),
});
export type RetryPolicy = z.infer<typeof RetryPolicy>;

export const HttpCall = z.object({
  method: z.string(),
  uri: z.string(),
  content: z.string().nullish(),
  headers: z.record(z.string(), z.string()).nullish(),
  tokenSource: z.unknown().optional(),
  asynchronousPatternEnabled: z.boolean().nullish(),
});
export type HttpCall = z.infer<typeof HttpCall>;

const activity = z.object({
  /** CallActivity, CallActivityWithRetry. */
  actionType: z.literal([0, 1]),
  functionName: z.string(),
  input: z.unknown().optional(),
  retryOptions: RetryPolicy.nullish(),
});
export type ActivityAction = z.infer<typeof activity>;

const subOrchestration = z.object({
  /** CallSubOrchestrator, CallSubOrchestratorWithRetry. */
  actionType: z.literal([2, 3]),
  functionName: z.string(),
  instanceId: z.string().nullish(),
  input: z.unknown().optional(),
  version: z.string().nullish(),
  retryOptions: RetryPolicy.nullish(),
});
export type SubOrchestrationAction = z.infer<typeof subOrchestration>;

const continueAsNew = z.object({ actionType: z.literal(4), input: z.unknown().optional() });

const timer = z.object({
  actionType: z.literal(5),
  fireAt: z.string().refine((text) => !Number.isNaN(Date.parse(text)), "is not a time"),
  isCanceled: z.boolean().nullish(),
});

const externalEvent = z.object({ actionType: z.literal(6), externalEventName: z.string() });

const entity = z.object({
  /** CallEntity, SignalEntity. */
  actionType: z.literal([7, 9]),
  instanceId: z.string(),
  operation: z.string(),
  input: z.unknown().optional(),
});
export type EntityAction = z.infer<typeof entity>;

const http = z.object({ actionType: z.literal(8), httpRequest: HttpCall });

const compound = z.object({
  /** WhenAny, WhenAll. */
  actionType: z.literal([11, 12]),
  get compoundActions() {
    return z.array(Action);
  },
});
export type CompoundAction = z.infer<typeof compound>;

/**
 * What an orchestrator function asks for (lib/src/actions/ActionType.js). 10, 13 and 14 are missing:
 * durable-functions never sends 10, and the others are entity locks, which this host does not offer.
 */
export const Action: z.ZodDiscriminatedUnion<
  [
    typeof activity,
    typeof subOrchestration,
    typeof continueAsNew,
    typeof timer,
    typeof externalEvent,
    typeof entity,
    typeof http,
    typeof compound,
  ]
> = z.discriminatedUnion("actionType", [
  activity,
  subOrchestration,
  continueAsNew,
  timer,
  externalEvent,
  entity,
  http,
  compound,
]);
export type Action = z.infer<typeof Action>;

/** What one call of an orchestrator function returns: everything it asked for since its execution began. */
export const OrchestratorState = z.object({
  isDone: z.boolean(),
  /** One inner array since schema V2. */
  actions: z.array(z.array(Action)),
  output: z.unknown().optional(),
  error: z.string().nullish(),
  failureDetails: FailureDetails.nullish(),
  customStatus: z.unknown().optional(),
});
export type OrchestratorState = z.infer<typeof OrchestratorState>;
