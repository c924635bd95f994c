import { reasonOf } from "../../program/reason-of.ts";
import type { Log } from "../log.ts";
import type { BlobFunction } from "./blob-function.ts";
import type { BlobReceipts, BlobVersion } from "./blob-receipts.ts";
import { Lookout } from "./lookout.ts";
import type { Trigger } from "./trigger.ts";

/** The runtime looks every 10 seconds, or reads logs that come minutes late: too long for one machine. */
const SHORTEST_PAUSE_MS = 250;

/** A container with very many blobs takes a while to look through: most of the time is left to others. */
const PAUSE_PER_LOOK = 4;

export interface BlobScanOptions {
  readonly blobFunction: BlobFunction;
  readonly receipts: BlobReceipts;
  /** Puts the blob among those that the function is to run on; they are kept by then. */
  readonly found: (version: BlobVersion, blobType: string) => Promise<void>;
  readonly log: Log;
}

/**
 * Looks for blobs that a function has not been told of (BlobListener's ScanBlobScanLogHybridPollingStrategy).
 * Telling goes before the receipt: killed in between, the blob is told of twice, and never not at all.
 */
export class BlobScan implements Trigger {
  readonly #options: BlobScanOptions;
  readonly #lookout = new Lookout();
  /** Filled at the first look. */
  #told: Set<string> | undefined;
  #scanning: Promise<void> = Promise.resolve();

  constructor(options: BlobScanOptions) {
    this.#options = options;
  }

  start(): void {
    this.#scanning = this.#scan();
  }

  async stop(): Promise<void> {
    this.#lookout.stop();
    await this.#scanning;
  }

  async #scan(): Promise<void> {
    while (!this.#lookout.signal.aborted) {
      const begun = performance.now();
      await this.#lookout.look(
        () => this.#look(),
        (error) => this.#tellFailure(error),
      );
      const pause = Math.max(SHORTEST_PAUSE_MS, (performance.now() - begun) * PAUSE_PER_LOOK);
      await this.#lookout.sleep(pause);
    }
  }

  async #look(): Promise<void> {
    const { blobFunction, receipts } = this.#options;
    const { service, pattern } = blobFunction;
    const { signal } = this.#lookout;
    const told = (this.#told ??= await receipts.list(signal));
    const { container, prefix } = pattern;
    const blobs = service
      .getContainerClient(container)
      .listBlobsFlat({ prefix, abortSignal: signal });
    for await (const { name, properties } of blobs) {
      if (signal.aborted) return;
      if (pattern.capture(name) === undefined) continue;
      const version = { container, blob: name, etag: quoted(properties.etag) };
      const receipt = receipts.nameOf(version);
      if (told.has(receipt)) continue;
      await this.#options.found(version, properties.blobType ?? "BlockBlob");
      await receipts.write(version);
      told.add(receipt);
    }
  }

  #tellFailure(error: unknown): void {
    const { blobFunction, log } = this.#options;
    log.write(
      "warning",
      `Function.${blobFunction.fn.name}`,
      `Container '${blobFunction.pattern.container}' cannot be read, and is tried again: ${reasonOf(error)}`,
    );
  }
}

/** Lists write the tag without quotes, headers with them. */
function quoted(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`;
}
