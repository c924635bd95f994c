import type { Server } from "node:https";

/**
 * Keeps a TLS server from breaking off connections on which much is sent both ways.
 *
 * Node's HTTP parser reads a TLS connection that nobody listens to past a pause, and breaks it off with
 * HPE_PAUSED. It pauses when a request comes while the end of the answer before it is still being
 * written: an upload after a large download. What has a listener is read through its stream, which keeps
 * to pauses.
 */
export function readInTurn(server: Server): void {
  server.on("secureConnection", (socket) => socket.on("data", ignore));
}

function ignore(): void {
  // The parser has it too.
}
