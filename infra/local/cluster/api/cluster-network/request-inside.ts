import http from "node:http";

import type { Dial } from "./dial.ts";

export interface InsideRequest {
  readonly host: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: http.OutgoingHttpHeaders;
  readonly signal: AbortSignal;
}

/**
 * Begins an HTTP request to an address that only `dial` reaches; the caller sends the body.
 *
 * @throws {Error} if nothing answers at the address
 */
export async function requestInside(
  dial: Dial,
  { host, port, method, path, headers, signal }: InsideRequest,
): Promise<http.ClientRequest> {
  const socket = await dial(host, port);
  return http.request({
    host,
    port,
    method,
    path,
    headers,
    signal,
    setHost: false,
    createConnection: () => socket,
  });
}
