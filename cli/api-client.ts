import { z } from "zod";

import { ApiError } from "../shared/contracts/http-api.ts";
import type { Connection } from "./connection.ts";
import { CommandError, UnreachableError } from "./errors.ts";
import { type Answered, exchange, type Waiting } from "./exchange.ts";

interface Call {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** A string is sent as it is (YAML), anything else as JSON. */
  readonly body?: unknown;
}

/** A route of the contract. */
interface Route<Schema extends z.ZodType> {
  readonly method: string;
  readonly path: string;
  readonly response: Schema;
}

/** A client of the app's HTTP API: paths, methods and schemas come from the contract. */
export interface ApiClient {
  /**
   * @throws {CommandError} with the app's own words if it refuses
   * @throws {UnreachableError} if nobody answers, or the answer is that it is not the time
   */
  call<Schema extends z.ZodType>(route: Route<Schema>, call?: Call): Promise<z.output<Schema>>;
  /** The same, but `undefined` where the app says that there is no such thing. */
  find<Schema extends z.ZodType>(
    route: Route<Schema>,
    call?: Call,
  ): Promise<z.output<Schema> | undefined>;
}

/** Somebody in front of the app speaks for it while it starts. */
const NOT_NOW = new Set([502, 503, 504]);

export function createApiClient(connection: Connection, waiting: Waiting = {}): ApiClient {
  const { url } = connection;
  const send = ({ method, path }: Route<z.ZodType>, call: Call): Promise<Answered> => {
    const target = new URL(`${url}/api/${fill(path, call.params ?? {})}`);
    for (const [field, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) target.searchParams.set(field, value);
    }
    return exchange(connection, { method, target, body: call.body }, waiting);
  };

  return {
    async call(route, call = {}) {
      const answered = await send(route, call);
      if (!isGood(answered)) throw refusal(url, answered);
      return parse(route.response, answered);
    },
    async find(route, call = {}) {
      const answered = await send(route, call);
      if (answered.status === 404) return undefined;
      if (!isGood(answered)) throw refusal(url, answered);
      return parse(route.response, answered);
    },
  };
}

function isGood({ status }: Answered): boolean {
  return status >= 200 && status < 300;
}

function parse<Schema extends z.ZodType>(schema: Schema, { text }: Answered): z.output<Schema> {
  const parsed = schema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new CommandError("The app answered what this command does not understand", {
    code: "INTERNAL",
    details: z.prettifyError(parsed.error).split("\n"),
  });
}

function fill(path: string, params: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
}

function refusal(url: string, answered: Answered): CommandError {
  const { status, text } = answered;
  if (status === 401 || status === 403) {
    const message = `${url} does not let you in: set ROLLFORWARD_KEY to a function key of the app`;
    return new CommandError(message, { code: "INVALID" });
  }
  const said = ApiError.safeParse(jsonOf(text)).data?.error;
  if (NOT_NOW.has(status)) {
    return new UnreachableError(
      said?.message ?? `${url} answers HTTP ${status}: it may be starting`,
    );
  }
  if (!said) return notOurs(url, answered);
  const { code, message, details = [] } = said;
  return new CommandError(message, { code, details });
}

function notOurs(url: string, { status, location }: Answered): CommandError {
  const message =
    location === null
      ? `${url} answers HTTP ${status}, and not as Rollforward does: is the address right?`
      : `${url} sends elsewhere: is the app at ${originOf(location, url)}? Name it with --url`;
  return new CommandError(message, { code: "INTERNAL" });
}

function originOf(location: string, base: string): string {
  return URL.canParse(location, base) ? new URL(location, base).origin : "(not an address)";
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
