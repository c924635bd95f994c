import { type Busy, whileBusy } from "../../../program/clock/busy.ts";
import type { Clock } from "../../../program/clock/clock.ts";
import { answered, type ClusterClient, describeError, MERGE_PATCH } from "../api/cluster-client.ts";
import type { PodStatusPatch } from "./pod-status.ts";

export interface StatusWriterOptions {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly namespace: string;
  readonly name: string;
  readonly retryMs: number;
  readonly build: () => PodStatusPatch;
  /** While true nothing is written: the node cannot reach the API. */
  readonly isCutOff: () => boolean;
  readonly log: (message: string) => void;
}

/** Writes a pod's newest status, one write at a time; states in between may be skipped. */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  #dirty = false;
  readonly #closing = new AbortController();
  #writing: Promise<void> | undefined;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  /** Writes what `build` says now, soon. */
  publish(): void {
    this.#dirty = true;
    this.#writing ??= whileBusy(this.#options.clock, (busy) => this.#writeAll(busy));
  }

  /** Resolves when everything published so far is written, or cannot be. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  close(): void {
    this.#closing.abort();
  }

  async #writeAll(busy: Busy): Promise<void> {
    const { signal } = this.#closing;
    while (this.#dirty && !signal.aborted && !this.#options.isCutOff()) {
      this.#dirty = false;
      await this.#write(busy);
    }
    this.#writing = undefined;
  }

  async #write(busy: Busy): Promise<void> {
    const { client, namespace, name, build, log, retryMs } = this.#options;
    try {
      await client.core.patchNamespacedPodStatus({ namespace, name, body: build() }, MERGE_PATCH);
    } catch (error) {
      // The pod is gone, or another one has its name.
      if (answered(error, 404) || answered(error, 409)) {
        this.#closing.abort();
        return;
      }
      log(`status of pod ${namespace}/${name}: ${describeError(error)}`);
      this.#dirty = true;
      await busy.delay(retryMs, { signal: this.#closing.signal }).catch(() => undefined);
    }
  }
}
