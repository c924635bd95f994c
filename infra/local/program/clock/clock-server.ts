import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";

import { RemoteMember } from "./remote-member.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export interface ClockServer {
  /** For `joinClock` and the option `--clock` of the stand-ins: the path of a socket. */
  readonly address: string;
  /** Lets all members go; the time they have stands still. */
  close(): Promise<void>;
}

export interface ClockServerOptions {
  readonly log: (message: string) => void;
  /** After how much real time without an answer the log says for whom all are waiting. */
  readonly patienceMs?: number;
}

const MOST_MEMBERS = 64;
const PATIENCE_MS = 5000;

/**
 * Lets other programs of this user live in the time of a clock.
 *
 * It listens on a socket in a directory that only its user may enter, so there is no secret to hand on.
 */
export async function serveClock(
  clock: VirtualClock,
  { log, patienceMs = PATIENCE_MS }: ClockServerOptions,
): Promise<ClockServer> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "clock-"));
  const address = path.join(directory, "socket");
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    new RemoteMember({ socket, clock, log, patienceMs }).listen();
  });
  server.maxConnections = MOST_MEMBERS;
  server.listen(address);
  await once(server, "listening");
  return {
    address,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
