import type { IncomingMessage } from "node:http";

/**
 * Tells whether a request comes from the app that runs in this host. The path has no key, as in Azure,
 * so it is closed to other machines and to web pages: a page names itself in `Origin`, and one that
 * made its own name point here still names that in `Host`.
 */
export function isOwnWorker(request: IncomingMessage, ownHost: string): boolean {
  return (
    request.socket.remoteAddress === request.socket.localAddress &&
    request.headers.origin === undefined &&
    request.headers.host === ownHost
  );
}
