import net from "node:net";

/** Where a virtual address leads: a port of a server in this process, on the loopback interface. */
interface Endpoint {
  readonly port: number;
  /** False while the node is cut off: then nobody answers. */
  readonly reachable: () => boolean;
}

/**
 * The addresses of pods (10.88.x.y) and nodes (10.87.x.y).
 *
 * No packet ever carries them: they are keys into a table, and `dial` connects to the server that the
 * table names. So no network device and no right is needed.
 */
export class VirtualNetwork {
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #taken = new Set<string>();
  #nextPod = 2;
  #nextNode = 2;

  /** An address no pod has. */
  assignPodAddress(): string {
    const address = this.#free("10.88", () => this.#nextPod++);
    this.#taken.add(address);
    return address;
  }

  /** An address no node has. */
  assignNodeAddress(): string {
    const address = this.#free("10.87", () => this.#nextNode++);
    this.#taken.add(address);
    return address;
  }

  release(address: string): void {
    this.#taken.delete(address);
    for (const key of this.#endpoints.keys()) {
      if (key.startsWith(`${address}:`)) this.#endpoints.delete(key);
    }
  }

  expose(address: string, port: number, endpoint: Endpoint): void {
    this.#endpoints.set(`${address}:${port}`, endpoint);
  }

  withdraw(address: string, port: number): void {
    this.#endpoints.delete(`${address}:${port}`);
  }

  /** @throws {Error} with code ECONNREFUSED if nothing listens at the address */
  async dial(host: string, port: number): Promise<net.Socket> {
    const endpoint = this.#endpoints.get(`${host}:${port}`);
    if (!endpoint?.reachable()) throw refused(host, port);
    return connectToLoopback(endpoint.port);
  }

  #free(prefix: string, next: () => number): string {
    for (;;) {
      const index = next() % 65_536;
      const address = `${prefix}.${Math.floor(index / 256)}.${index % 256}`;
      if (index > 1 && !this.#taken.has(address)) return address;
    }
  }
}

function connectToLoopback(port: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

function refused(host: string, port: number): Error {
  const error = new Error(`connect ECONNREFUSED ${host}:${port}`);
  return Object.assign(error, { code: "ECONNREFUSED", syscall: "connect", address: host, port });
}
