import { z } from "zod";

import { Name } from "../domain/pipeline/fields.ts";
import { AnswerPair, Progress, RunPhase, RunRecord } from "../domain/run.ts";
import { RequestRecord, UnreadableMessage } from "../domain/training-request.ts";
import { Quarantine, VersionRecord } from "../domain/version.ts";

// The HTTP API as both sides see it: the functions that answer and the clients that ask.

/** Every error of the API. `code` is stable; `message` is for people. */
export const ApiError = z.object({
  error: z.object({
    code: z.enum([
      "NOT_FOUND",
      "INVALID",
      "UNSUPPORTED",
      "CONFLICT",
      "TOO_LARGE",
      "UNAVAILABLE",
      "INTERNAL",
    ]),
    message: z.string(),
    /** One place each, such as `line 4, column 3: ...`. */
    details: z.array(z.string()).optional(),
  }),
});
export type ApiError = z.infer<typeof ApiError>;
export type ApiErrorCode = ApiError["error"]["code"];

export const Health = z.object({ status: z.literal("ok"), version: z.string() });

export const PipelineSummary = z.object({
  name: z.string(),
  generation: z.number().int().positive(),
  updatedAt: z.string(),
  model: z.string(),
  /** `datasets/support/`: what is dropped below it makes a run. */
  watches: z.string(),
  serving: z.string(),
  /** The version that was last made to serve. */
  version: z.number().int().positive().optional(),
});
export type PipelineSummary = z.infer<typeof PipelineSummary>;

export const PipelineList = z.object({ pipelines: z.array(PipelineSummary) });

export const PipelineDocument = PipelineSummary.extend({ yaml: z.string() });

export const Applied = z.object({
  name: z.string(),
  generation: z.number().int().positive(),
  changed: z.boolean(),
});
export type Applied = z.infer<typeof Applied>;

/** Where and how to put a file so that it counts as dropped. */
export const UploadTarget = z.object({
  method: z.literal("PUT"),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  container: z.string(),
  blob: z.string(),
  expiresAt: z.string(),
});
export type UploadTarget = z.infer<typeof UploadTarget>;

export const UploadBody = z.strictObject({ name: z.string().min(1).max(200) });

export const RunView = RunRecord.extend({
  phase: RunPhase,
  progress: Progress.optional(),
  answers: z.array(AnswerPair).optional(),
});
export type RunView = z.infer<typeof RunView>;

export const RunList = z.object({ runs: z.array(RunView), next: z.string().optional() });

export const RequestList = z.object({
  requests: z.array(RequestRecord),
  next: z.string().optional(),
  /** Messages that could not be read as an event; only on the first page, without a pipeline. */
  unreadable: z.array(UnreadableMessage),
});

export const VersionView = VersionRecord.extend({
  image: z.string(),
  serving: z.boolean(),
  quarantine: Quarantine.optional(),
});
export type VersionView = z.infer<typeof VersionView>;

export const VersionList = z.object({ versions: z.array(VersionView) });

/** What serves, as the cluster says it; `drift` when the last release says otherwise. */
export const ServingView = z.object({
  service: z.string(),
  workspace: z.string().optional(),
  version: z.number().int().positive().optional(),
  digest: z.string().optional(),
  ready: z.boolean(),
  drift: z.string().optional(),
});
export type ServingView = z.infer<typeof ServingView>;

export const AskBody = z.strictObject({
  question: z.string().min(1).max(8000),
  /** `adapter`: the tuned model (default). `base`: the model below it. */
  of: z.enum(["adapter", "base"]).default("adapter"),
});

export const Answer = z.object({
  question: z.string(),
  answer: z.string(),
  model: z.string(),
  version: z.number().int().positive().optional(),
});
export type Answer = z.infer<typeof Answer>;

export const CancelBody = z.strictObject({ by: z.string().max(100).default("unknown") });

/** How a list is asked for. */
export const PageQuery = z.strictObject({
  pipeline: Name.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** What the page before gave as `next`. */
  next: z.string().max(2000).optional(),
});

/**
 * Every route: `summary` and the schemas make `GET /api/openapi.json`.
 *
 * `path` is written as Functions does, without the `/api/` in front.
 */
export const routes = {
  health: { method: "GET", path: "health", summary: "Whether the app answers", response: Health },
  listPipelines: {
    method: "GET",
    path: "pipelines",
    summary: "All pipelines",
    response: PipelineList,
  },
  getPipeline: {
    method: "GET",
    path: "pipelines/{pipeline}",
    summary: "One pipeline with its document",
    response: PipelineDocument,
  },
  applyPipeline: {
    method: "PUT",
    path: "pipelines/{pipeline}",
    summary: "Create or change a pipeline; the body is its YAML document",
    requestType: "application/yaml",
    request: z.string(),
    response: Applied,
  },
  createUpload: {
    method: "POST",
    path: "pipelines/{pipeline}/uploads",
    summary: "Get a URL to which one dataset file can be put",
    request: UploadBody,
    response: UploadTarget,
  },
  getServing: {
    method: "GET",
    path: "pipelines/{pipeline}/serving",
    summary: "What serves, as the cluster says it",
    response: ServingView,
  },
  ask: {
    method: "POST",
    path: "pipelines/{pipeline}/ask",
    summary: "Ask the model that serves",
    request: AskBody,
    response: Answer,
  },
  listVersions: {
    method: "GET",
    path: "pipelines/{pipeline}/versions",
    summary: "Adapter versions, newest first",
    response: VersionList,
  },
  getVersion: {
    method: "GET",
    path: "pipelines/{pipeline}/versions/{version}",
    summary: "One version, with what it was made of",
    response: VersionView,
  },
  listRuns: {
    method: "GET",
    path: "runs",
    summary: "Runs, newest first",
    query: PageQuery,
    response: RunList,
  },
  getRun: { method: "GET", path: "runs/{run}", summary: "One run", response: RunView },
  cancelRun: {
    method: "POST",
    path: "runs/{run}/cancel",
    summary: "Ask a run to stop and clean up",
    request: CancelBody,
    response: RunView,
  },
  listRequests: {
    method: "GET",
    path: "requests",
    summary: "Training requests, newest first",
    query: PageQuery,
    response: RequestList,
  },
  getRequest: {
    method: "GET",
    path: "requests/{pipeline}/{request}",
    summary: "One training request",
    response: RequestRecord,
  },
} as const;
export type RouteName = keyof typeof routes;
