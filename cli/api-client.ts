import { z } from "zod";

import { ApiError } from "../shared/contracts/http-api.ts";
import type { Connection } from "./connection.ts";
import { CommandError, UsageError } from "./errors.ts";

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
   * @throws {UsageError} if it does not let us in
   */
  call<Schema extends z.ZodType>(route: Route<Schema>, call?: Call): Promise<z.output<Schema>>;
  /** The same, but `undefined` where the app says that there is no such thing. */
  find<Schema extends z.ZodType>(
    route: Route<Schema>,
    call?: Call,
  ): Promise<z.output<Schema> | undefined>;
}

const TIMEOUT_MS = 60_000;

export function createApiClient({ url, key }: Connection): ApiClient {
  const send = async (
    { method, path }: Route<z.ZodType>,
    { params, query, body }: Call,
  ): Promise<Response> => {
    const target = new URL(`${url}/api/${fill(path, params ?? {})}`);
    for (const [field, value] of Object.entries(query ?? {})) {
      if (value !== undefined) target.searchParams.set(field, value);
    }
    try {
      return await fetch(target, {
        method,
        headers: {
          ...(key !== undefined && { "x-functions-key": key }),
          ...(body !== undefined && { "content-type": contentTypeOf(body) }),
        },
        ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (error) {
      const message = `${url} does not answer. Is the app running? (npm start, or --url)`;
      throw new CommandError(`${message} ${causeOf(error)}`.trim());
    }
  };

  return {
    async call(route, call = {}) {
      const response = await send(route, call);
      if (!response.ok) throw await refusal(response);
      return parse(route.response, await response.json());
    },
    async find(route, call = {}) {
      const response = await send(route, call);
      if (response.status === 404) return undefined;
      if (!response.ok) throw await refusal(response);
      return parse(route.response, await response.json());
    },
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const problem = z.prettifyError(parsed.error);
  throw new CommandError(`The app answered what this command does not understand: ${problem}`);
}

function fill(path: string, params: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
}

function contentTypeOf(body: unknown): string {
  return typeof body === "string" ? "application/yaml" : "application/json";
}

async function refusal(response: Response): Promise<Error> {
  if (response.status === 401 || response.status === 403) {
    return new UsageError(
      "The app does not let you in: set ROLLFORWARD_KEY to a function key of it.",
    );
  }
  const parsed = ApiError.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) return new CommandError(`The app answered with HTTP ${response.status}`);
  const { message, details } = parsed.data.error;
  return new CommandError(message, details);
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error && cause.message ? `(${cause.message})` : "";
}
