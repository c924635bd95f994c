import type { Readable } from "node:stream";

import { type ApiClient, createApiClient } from "../api-client.ts";
import { type Connection, findConnection } from "../connection.ts";
import type { Output, Sink } from "../output.ts";
import type { Pace } from "../patience.ts";

/** What a command sees of the machine. */
export interface World {
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly input: Readable;
  readonly out: Sink;
  readonly err: Sink;
  /** Ctrl-C. Its reason is an `Interrupted`. */
  readonly signal: AbortSignal;
  readonly pace: Pace;
}

/** What every command works with. */
export interface CommandContext {
  readonly api: ApiClient;
  readonly connection: Connection;
  readonly output: Output;
  readonly input: Readable;
  readonly signal: AbortSignal;
  readonly pace: Pace;
}

/** @throws {UsageError} if it cannot be known where the app is */
export function createContext(
  { env, directory, input, signal, pace }: World,
  output: Output,
  url: string | undefined,
): CommandContext {
  const connection = findConnection({ url, env, directory });
  const onSlow = (): void => {
    const text = `waiting for ${connection.url}`;
    if (output.live) output.progress(text);
    else output.note(text);
  };
  const api = createApiClient(connection, { interrupt: signal, onSlow, slowMs: pace.slowMs });
  return { connection, api, output, input, signal, pace };
}
