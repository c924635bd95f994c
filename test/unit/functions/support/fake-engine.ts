import type { Engine } from "../../../../shared/ports/engine.ts";

export interface Instance {
  readonly name: string;
  readonly input: unknown;
}

/** An engine in which an orchestration never goes on by itself: a test says when it ends. */
export class FakeEngine implements Engine {
  readonly #instances = new Map<string, Instance & { state: "running" | "ended" }>();
  readonly #woken: string[] = [];
  #failure: Error | undefined;

  /** How often an orchestration began: a second start of one that runs does not count. */
  starts = 0;

  /** Whatever is asked of it from now on fails. */
  breakDown(error: Error): void {
    this.#failure = error;
  }

  end(instanceId: string): void {
    const found = this.#instances.get(instanceId);
    if (found) found.state = "ended";
  }

  /** What runs, by instance id. */
  running(): Record<string, Instance> {
    const running = [...this.#instances].filter(([, { state }]) => state === "running");
    return Object.fromEntries(running.map(([id, { name, input }]) => [id, { name, input }]));
  }

  woken(): string[] {
    return this.#woken.toSorted();
  }

  async start(name: string, instanceId: string, input: unknown): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#instances.get(instanceId)?.state === "running") return;
    this.starts += 1;
    this.#instances.set(instanceId, { name, input: structuredClone(input), state: "running" });
  }

  async wake(instanceId: string): Promise<void> {
    if (this.#failure) throw this.#failure;
    this.#woken.push(instanceId);
  }

  async find(instanceId: string): Promise<"running" | "ended" | undefined> {
    if (this.#failure) throw this.#failure;
    return this.#instances.get(instanceId)?.state;
  }
}
