import type { IncomingHttpHeaders, ServerResponse } from "node:http";

import { z } from "zod";

import { UsageError } from "../../program/usage-error.ts";
import type { Answer } from "./answer.ts";
import type { Visit } from "./visit.ts";

const Origins = z.array(z.string());

/** Any page may ask; with others beside it, it is no origin that any page has. */
const ANY = "*";

/**
 * Lets the pages of other origins read answers: `WEBSITE_CORS_ALLOWED_ORIGINS`, a list in JSON, and
 * `WEBSITE_CORS_SUPPORT_CREDENTIALS` (HostCorsOptionsSetup.cs), which `Host.CORS` of local.settings.json becomes.
 *
 * @throws {UsageError} if they are not right
 */
export function corsOf(env: NodeJS.ProcessEnv): Cors | undefined {
  const text = env["WEBSITE_CORS_ALLOWED_ORIGINS"] ?? "";
  if (text.trim() === "") return undefined;
  const origins = parseOrigins(text);
  const withCredentials = env["WEBSITE_CORS_SUPPORT_CREDENTIALS"]?.toLowerCase() === "true";
  if (withCredentials && isAny(origins)) {
    throw new UsageError(
      "CORS cannot allow credentials to every origin: name the origins in Host.CORS of local.settings.json, or set CORSCredentials to false.",
    );
  }
  return new Cors(origins, withCredentials);
}

function parseOrigins(text: string): string[] {
  try {
    return Origins.parse(JSON.parse(text));
  } catch {
    throw new UsageError(
      `WEBSITE_CORS_ALLOWED_ORIGINS must be a list of origins in JSON, such as ["http://localhost:4280"], and is '${text}'.`,
    );
  }
}

function isAny(origins: readonly string[]): boolean {
  return origins.length === 1 && origins[0] === ANY;
}

/** Any method and any header from these origins, as Core Tools has it (CorsService.cs of ASP.NET, Startup.cs). */
export class Cors {
  readonly #isAny: boolean;
  readonly #origins: ReadonlySet<string>;
  readonly #withCredentials: boolean;

  constructor(origins: readonly string[], withCredentials: boolean) {
    this.#isAny = isAny(origins);
    this.#origins = new Set(origins.map((origin) => origin.toLowerCase()));
    this.#withCredentials = withCredentials;
  }

  /**
   * Says in the answer to come who may read it.
   *
   * @returns the answer itself, if a browser only asks whether it may ask
   */
  admit({ incoming, response, method }: Visit): Answer | undefined {
    const { origin } = incoming.headers;
    if (origin === undefined) return undefined;
    const wanted = method === "OPTIONS" && incoming.headers["access-control-request-method"];
    if (!this.#isAny) response.setHeader("vary", "Origin");
    if (this.#isAllowed(origin)) {
      response.setHeader("access-control-allow-origin", this.#isAny ? ANY : origin);
      if (this.#withCredentials) response.setHeader("access-control-allow-credentials", "true");
      if (wanted) allowRequest(response, wanted, incoming.headers);
    }
    return wanted ? { status: 204 } : undefined;
  }

  #isAllowed(origin: string): boolean {
    return this.#isAny || this.#origins.has(origin.toLowerCase());
  }
}

function allowRequest(
  response: ServerResponse,
  method: string,
  { "access-control-request-headers": headers }: IncomingHttpHeaders,
): void {
  response.setHeader("access-control-allow-methods", method);
  if (headers !== undefined) response.setHeader("access-control-allow-headers", headers);
}
