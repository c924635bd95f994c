import type { Clock } from "../../program/clock/clock.ts";
import type { FunctionApp } from "../app/function-app.ts";
import type { AppFunction } from "../app/function-lookup.ts";
import type { Invocation } from "../app/invocation.ts";
import type { InvocationResponse } from "../app/rpc.ts";
import type { Webhook } from "../http/webhook.ts";
import type { Log } from "../log.ts";
import type { BlobSettings, QueueSettings } from "../settings/host-json.ts";
import { runWithRetry } from "./run-with-retry.ts";
import type { StorageClients } from "./storage-clients.ts";
import type { TimerStatuses } from "./timer-statuses.ts";
import { stackOf } from "../../program/reason-of.ts";

/** Something that makes functions run from when it is started until it is stopped. */
export interface Trigger {
  start(): void;
  /** Begins nothing more, and waits for what is running. */
  stop(): Promise<void>;
}

/** What triggers are made with. */
export interface TriggerParts {
  readonly app: FunctionApp;
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly storage: StorageClients;
  readonly queues: QueueSettings;
  readonly blobs: BlobSettings;
  readonly statuses: TimerStatuses;
  /** Tells the receipts of this app from those of others in the same storage account. */
  readonly hostId: string;
}

export interface MadeTriggers {
  readonly triggers: readonly Trigger[];
  readonly webhooks: readonly Webhook[];
  /** By the function's id: what runs it by hand, for a text that says on what. */
  readonly runs?: ReadonlyMap<string, (input: string) => Promise<void>>;
}

/**
 * Calls a function as often as its retry policy says. A virtual clock stands still while it runs, and goes
 * on while it waits for its next try.
 *
 * @throws what its last try threw
 */
export async function runFunction(
  fn: AppFunction,
  invocation: Invocation,
  { app, clock, log }: Pick<TriggerParts, "app" | "clock" | "log">,
  signal: AbortSignal,
): Promise<InvocationResponse> {
  const policy = fn.metadata.retryOptions;
  const onRetry = (error: unknown): void =>
    logFailure(log, fn, "Failed, and is tried again", error);
  return runWithRetry({ policy, clock, signal, onRetry }, async (retry) => {
    const release = clock.hold();
    try {
      return await app.invoke(fn, { ...invocation, retry });
    } finally {
      release();
    }
  });
}

export function logFailure(log: Log, fn: AppFunction, what: string, error: unknown): void {
  const reason = stackOf(error);
  log.write("error", `Function.${fn.name}`, `${what}: ${reason}`);
}
