import type { Duplex } from "node:stream";

/** Connects to an address inside of the cluster, where this process has no network of its own. */
export type Dial = (host: string, port: number) => Promise<Duplex>;

/** For a control plane without a node: nothing inside can be reached. */
export async function dialNothing(host: string, port: number): Promise<Duplex> {
  throw new Error(`dial tcp ${host}:${port}: connect: no route to host`);
}
