import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";

import { z } from "zod";

import { UsageError } from "../../program/usage-error.ts";
import { type LogLevel, parseLogLevel } from "../log.ts";
import { parseTimeSpan } from "./duration.ts";
import { resolveSettings } from "./expressions.ts";
import { overrideHostJson } from "./host-json-overrides.ts";
import { parseJson } from "./parse-json.ts";

const TimeSpan = z.string().transform((text, context) => {
  const duration = parseTimeSpan(text);
  if (duration !== undefined) return duration;
  context.addIssue({ code: "custom", message: `'${text}' is not a duration such as 00:00:30` });
  return z.NEVER;
});

const Level = z.string().transform((text, context): LogLevel => {
  const level = parseLogLevel(text);
  if (level) return level;
  context.addIssue({ code: "custom", message: `'${text}' is not a log level` });
  return z.NEVER;
});

/** A word of a .NET enumeration, which compares without case. The first is the default. */
function oneOf<const Word extends string>(...words: readonly [Word, ...Word[]]) {
  return z
    .string()
    .default(words[0])
    .transform((text, context): Word => {
      const word = words.find((known) => known.toLowerCase() === text.toLowerCase());
      if (word !== undefined) return word;
      context.addIssue({ code: "custom", message: `'${text}' is none of ${words.join(", ")}` });
      return z.NEVER;
    });
}

/** The extension's defaults for a machine with one core (DurableTaskOptions.cs). */
const DurableTask = z.looseObject({
  hubName: z.string().default("TestHubName"),
  overridableExistingInstanceStates: oneOf("NonRunningStates", "AnyState"),
  defaultVersion: z.string().optional(),
  versionMatchStrategy: oneOf("CurrentOrOlder", "Strict", "None"),
  versionFailureStrategy: oneOf("Reject", "Fail"),
  storeInputsInOrchestrationHistory: z.boolean().default(false),
  storageProvider: z
    .looseObject({
      connectionName: z.string().optional(),
      connectionStringName: z.string().optional(),
    })
    .prefault({}),
  maxConcurrentActivityFunctions: z.int().positive().default(10),
  maxConcurrentOrchestratorFunctions: z.int().positive().default(10),
  maxEntityOperationBatchSize: z.int().positive().default(50),
});
export type DurableTaskSettings = z.infer<typeof DurableTask>;

const HUB_NAME = /^[a-z][a-z0-9]{2,44}$/i;

/** Microsoft.Azure.WebJobs.Extensions.Storage, QueuesOptions.cs. */
const Queues = z.looseObject({
  maxPollingInterval: TimeSpan.default(60_000),
  visibilityTimeout: TimeSpan.default(0),
  batchSize: z.int().min(1).max(32).default(16),
  maxDequeueCount: z.int().positive().default(5),
  newBatchThreshold: z.int().nonnegative().optional(),
  messageEncoding: z.enum(["base64", "none"]).default("base64"),
});
export type QueueSettings = z.infer<typeof Queues>;
export type MessageEncoding = QueueSettings["messageEncoding"];

/** Microsoft.Azure.WebJobs.Extensions.Storage.Blobs, BlobsOptions.cs. */
const Blobs = z.looseObject({
  maxDegreeOfParallelism: z
    .int()
    .positive()
    .default(8 * availableParallelism()),
  poisonBlobThreshold: z.int().positive().default(5),
});
export type BlobSettings = z.infer<typeof Blobs>;

/** The default of Core Tools, which runs as a dedicated plan does; -1 is for ever (ScriptJobHostOptionsSetup.cs). */
const FunctionTimeout = z
  .union([z.literal("-1").transform(() => null), TimeSpan])
  .default(30 * 60_000);

const HostJson = z.looseObject({
  functionTimeout: FunctionTimeout,
  version: z.literal("2.0", { error: 'must be "2.0"' }),
  logging: z.looseObject({ logLevel: z.record(z.string(), Level).default({}) }).prefault({}),
  extensions: z
    .looseObject({
      http: z.looseObject({ routePrefix: z.string().default("api") }).prefault({}),
      durableTask: DurableTask.prefault({}),
      queues: Queues.prefault({}),
      blobs: Blobs.prefault({}),
    })
    .prefault({}),
});
export type HostJson = z.infer<typeof HostJson>;

/**
 * @param env the app's settings: what they say instead of the file, and the `%NAME%` that the hub's name may be
 * @throws {UsageError} if there is no `host.json`, or if it is not right
 */
export function readHostJson(root: string, env: NodeJS.ProcessEnv): HostJson {
  const file = path.join(root, "host.json");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new UsageError(`${root} is not a Functions app: it has no host.json.`);
  }
  const whole = z.preprocess((value) => overrideHostJson(value, env), HostJson);
  const settings = parseJson(file, text, whole);
  const { durableTask } = settings.extensions;
  durableTask.hubName = resolveSettings(durableTask.hubName, env, `The hubName in ${file}`);
  if (!HUB_NAME.test(durableTask.hubName)) {
    throw new UsageError(
      `${file}: the hubName '${durableTask.hubName}' must have 3 to 45 letters and digits and begin with a letter.`,
    );
  }
  return settings;
}
