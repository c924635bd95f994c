import { createServer, type RequestListener, type Server } from "node:http";

/**
 * What a client may take, so that none can stop the others. The numbers are Kestrel's (KestrelServerLimits.cs)
 * where it has one; the app's own work has no limit here, that is `functionTimeout`.
 */
export const MAX_TARGET_LENGTH = 8 * 1024;
export const MAX_HEADER_COUNT = 100;
const MAX_HEADER_BYTES = 32 * 1024;
const MAX_CONNECTIONS = 2000;
/** Kestrel waits for 30 seconds; who is on the same machine needs no such patience. */
const HEADERS_TIMEOUT_MS = 10_000;
const CHECK_INTERVAL_MS = 1000;
const IDLE_CONNECTION_MS = 130_000;

/** A body may come slowly, but not stand still: this many bytes a second, from the end of the grace on. */
export const SLOWEST_BODY_BYTES_PER_S = 240;
export const SLOW_BODY_GRACE_MS = 5000;
/** However much was sent before. */
export const LONGEST_PAUSE_MS = 30_000;
/** An answer that is written and that nobody reads keeps its memory for no longer. */
export const UNREAD_ANSWER_MS = 30_000;

const DEFAULT_BODY_LIMIT_BYTES = 100 * 1024 * 1024;

/** `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT`, as in Azure. */
export function bodyLimitOf(env: NodeJS.ProcessEnv): number {
  const text = env["FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"] ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : DEFAULT_BODY_LIMIT_BYTES;
}

export function createLimitedServer(listener: RequestListener): Server {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      // Bodies have a limit of their own (read-body.ts): a large upload may take longer than any fixed time.
      requestTimeout: 0,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      keepAliveTimeout: IDLE_CONNECTION_MS,
      insecureHTTPParser: false,
      requireHostHeader: true,
    },
    listener,
  );
  server.maxConnections = MAX_CONNECTIONS;
  // Beyond its own limit Node leaves headers out, silently; too many are refused instead (visit.ts).
  server.maxHeadersCount = 0;
  return server;
}
