import { KUBELET_PORT } from "../provisioner/node-objects.ts";
import type { VirtualNetwork } from "./virtual-network.ts";

interface NodeEntry {
  readonly address: string;
  lost: boolean;
}

/** The nodes of this program, and which of them the cluster cannot reach. */
export class NodeTable {
  readonly #entries = new Map<string, NodeEntry>();
  readonly #network: VirtualNetwork;
  readonly #kubeletPort: number;
  readonly #onReturn: () => void;

  /**
   * @param kubeletPort - where the kubelet of every node really listens
   * @param onReturn - called when a node that was lost is back, so that its kubelet catches up
   */
  constructor(network: VirtualNetwork, kubeletPort: number, onReturn: () => void) {
    this.#network = network;
    this.#kubeletPort = kubeletPort;
    this.#onReturn = onReturn;
  }

  /** @returns the node's address */
  add(name: string): string {
    const known = this.#entries.get(name);
    if (known) return known.address;
    const address = this.#network.assignNodeAddress();
    this.#entries.set(name, { address, lost: false });
    this.#network.expose(address, KUBELET_PORT, {
      port: this.#kubeletPort,
      reachable: () => !this.isLost(name),
    });
    return address;
  }

  remove(name: string): void {
    const entry = this.#entries.get(name);
    if (!entry) return;
    this.#network.release(entry.address);
    this.#entries.delete(name);
  }

  addressOf(name: string): string | undefined {
    return this.#entries.get(name)?.address;
  }

  isLost(name: string): boolean {
    return this.#entries.get(name)?.lost ?? false;
  }

  setLost(name: string, lost: boolean): void {
    const entry = this.#entries.get(name);
    if (!entry || entry.lost === lost) return;
    entry.lost = lost;
    if (!lost) this.#onReturn();
  }
}
