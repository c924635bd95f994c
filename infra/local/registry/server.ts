import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";

import type { Dispatch } from "./dispatch.ts";
import { type Answer, discard, jsonAnswer, send } from "./http/answer.ts";
import { parseTarget } from "./http/request-target.ts";
import type { Intercept, InterceptedRequest, Refusal } from "./intercept.ts";

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface RegistryServerOptions {
  readonly certificates: CertificateFiles;
  readonly dispatch: Dispatch;
  readonly intercept: Intercept;
  readonly log: (message: string) => void;
}

export interface RegistryServer {
  readonly server: Server;
  /** Closes every connection and waits, not for ever, until the requests that ran have let go. */
  close(): Promise<void>;
}

/** A blob may be large and a laptop slow; a request that never ends must still end. */
const REQUEST_TIMEOUT_MS = 30 * 60_000;
/** Node's own 5 s is shorter than a poll of a client, which then writes into a connection that closes. */
const KEEP_ALIVE_MS = 75_000;
const CLOSE_TIMEOUT_MS = 2000;

export function createRegistryServer(options: RegistryServerOptions): RegistryServer {
  const { certificates, log } = options;
  const running = new Set<Promise<void>>();
  const server = createServer(
    {
      cert: readFileSync(certificates.certFile),
      key: readFileSync(certificates.keyFile),
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => {
      const work = serve(request, response, options)
        .catch((error: unknown) => log(`error ${describe(error)}`))
        .finally(() => running.delete(work));
      running.add(work);
    },
  );
  return {
    server,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await settled(running);
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: RegistryServerOptions,
): Promise<void> {
  const startedAt = performance.now();
  const { intercept, log } = options;
  const seen = describeRequest(request);
  const answer = await answerTo(request, seen, options);
  try {
    await intercept.after?.(seen, answer.status);
    await send(response, answer);
  } catch (error) {
    discard(answer);
    response.destroy();
    // Most clients that hang up in the middle of a blob have seen enough.
    if (!isHangUp(error)) throw error;
  } finally {
    const ms = Math.round(performance.now() - startedAt);
    // Encoded again, so that no path can begin a line of its own.
    log(`${seen.method} ${encodeURI(seen.path)} ${answer.status} ${ms} ms`);
  }
}

async function answerTo(
  request: IncomingMessage,
  seen: InterceptedRequest,
  { dispatch, intercept, log }: RegistryServerOptions,
): Promise<Answer> {
  try {
    const refusal = await intercept.before?.(seen);
    return refusal ? failure(refusal, "refused by a hook") : await dispatch(request);
  } catch (error) {
    log(`error ${describe(error)}`);
    return failure({ status: 500, code: "UNKNOWN" }, "a hook failed; see the log");
  }
}

function failure({ code = "UNAVAILABLE", status }: Refusal, message: string): Answer {
  return jsonAnswer(status, { errors: [{ code, message, detail: null }] });
}

/** Without the query, where a client might put a token. */
function describeRequest({ method = "", url = "/" }: IncomingMessage): InterceptedRequest {
  try {
    return { method, path: parseTarget(url).path };
  } catch {
    return { method, path: url.split("?", 1)[0] ?? "" };
  }
}

function isHangUp(error: unknown): boolean {
  const codes: unknown[] = ["ERR_STREAM_PREMATURE_CLOSE", "ECONNRESET", "EPIPE"];
  return error instanceof Error && "code" in error && codes.includes(error.code);
}

/** A hook of a test may never come back; the registry stops all the same. */
async function settled(running: ReadonlySet<Promise<void>>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
  });
  await Promise.race([Promise.all(running), timeout]);
  clearTimeout(timer);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
