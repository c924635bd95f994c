import { type ApiClient, createApiClient } from "../api-client.ts";
import { type Connection, findConnection } from "../connection.ts";
import { createOutput, type Output } from "../output.ts";

/** What every command works with. */
export interface CommandContext {
  readonly api: ApiClient;
  readonly connection: Connection;
  readonly output: Output;
}

/** Options that every command has. */
export interface CommonOptions {
  readonly url?: string;
  readonly json?: boolean;
}

export function createContext({ url, json }: CommonOptions): CommandContext {
  const connection = findConnection({ url, env: process.env, directory: process.cwd() });
  return { connection, api: createApiClient(connection), output: createOutput(json ?? false) };
}
