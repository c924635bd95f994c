import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";

import type { Certificates } from "../../../certificates/certificates.ts";
import { listen } from "../../../program/listen.ts";
import { createLogHandler, type FindContainer } from "./log-endpoint.ts";

export interface KubeletServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** First byte of a TLS connection: a handshake record. */
const TLS_HANDSHAKE = 0x16;
const FIRST_BYTE_LIMIT_MS = 10_000;

/**
 * The HTTP endpoint of the kubelet of every node.
 *
 * One port speaks both: a real API server comes with TLS always, the embedded one may come without.
 */
export async function startKubeletServer(
  find: FindContainer,
  certificates: Certificates,
): Promise<KubeletServer> {
  const handler = createLogHandler(find);
  const plain = http.createServer(handler);
  const secure = https.createServer(
    { cert: readFileSync(certificates.certFile), key: readFileSync(certificates.keyFile) },
    handler,
  );
  const sockets = new Set<net.Socket>();
  const front = net.createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setTimeout(FIRST_BYTE_LIMIT_MS, () => socket.destroy());
    socket.once("readable", () => {
      const first: unknown = socket.read(1);
      if (!Buffer.isBuffer(first)) {
        socket.destroy();
        return;
      }
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      socket.unshift(first);
      (first[0] === TLS_HANDSHAKE ? secure : plain).emit("connection", socket);
    });
  });
  const port = await listen(front, { host: "127.0.0.1", port: 0, option: "" });

  return {
    port,
    async stop() {
      const closed = new Promise<void>((resolve) => {
        front.close(() => resolve());
      });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
