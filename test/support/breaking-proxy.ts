import { once } from "node:events";
import { connect, createServer } from "node:net";

export interface BreakingProxy {
  readonly port: number;
  /** How many connections were cut. */
  cuts(): number;
  stop(): Promise<void>;
}

/**
 * Passes bytes through to a port, and cuts a connection in which more than `limit` bytes came back, once
 * for each entry of `limits`. It does not look inside, so TLS stays end to end.
 */
export async function startBreakingProxy(
  target: number,
  limits: readonly number[],
  onCut: () => Promise<void> = async () => {},
): Promise<BreakingProxy> {
  const left = [...limits];
  const open = new Set<() => void>();
  let cuts = 0;

  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    const end = (): void => {
      open.delete(end);
      client.destroy();
      upstream.destroy();
    };
    open.add(end);
    let received = 0;
    upstream.on("data", (bytes) => {
      received += bytes.length;
      const limit = left[0];
      if (limit === undefined || received <= limit) {
        client.write(bytes);
        return;
      }
      upstream.pause();
      left.shift();
      cuts += 1;
      onCut().then(end, end);
    });
    client.on("data", (bytes) => upstream.write(bytes));
    for (const socket of [client, upstream]) socket.on("error", end).on("close", end);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port");
  return {
    port: address.port,
    cuts: () => cuts,
    async stop() {
      server.close();
      for (const end of open) end();
      await once(server, "close");
    },
  };
}
