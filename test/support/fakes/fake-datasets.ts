import { createHash } from "node:crypto";

import type { DatasetBlob } from "../../../shared/domain/training-request.ts";
import { PermanentError } from "../../../shared/errors.ts";
import type { Datasets } from "../../../shared/ports/datasets.ts";

interface Stored extends DatasetBlob {
  readonly content: Uint8Array;
}

export class FakeDatasets implements Datasets {
  #containers = new Map<string, Map<string, Stored>>();
  #uploads = 0;

  /** What a user does: uploads a blob, or replaces one. */
  async upload(
    container: string,
    name: string,
    content: string | Uint8Array,
  ): Promise<DatasetBlob> {
    this.#uploads += 1;
    const bytes = Buffer.from(content);
    const etag = `0x${createHash("sha256").update(`${this.#uploads}`).digest("hex").slice(0, 15)}`;
    const blobs = this.#containers.get(container) ?? new Map<string, Stored>();
    this.#containers.set(container, blobs);
    blobs.set(name, { name, etag, size: bytes.length, content: bytes });
    return { name, etag, size: bytes.length };
  }

  async remove(container: string, name: string): Promise<void> {
    this.#containers.get(container)?.delete(name);
  }

  async list(container: string, prefix: string): Promise<DatasetBlob[]> {
    const blobs = [...(this.#containers.get(container)?.values() ?? [])];
    return blobs
      .filter(({ name }) => name.startsWith(prefix))
      .map(({ name, etag, size }) => ({ name, etag, size }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async find(container: string, name: string): Promise<DatasetBlob | undefined> {
    const stored = this.#containers.get(container)?.get(name);
    return stored && { name, etag: stored.etag, size: stored.size };
  }

  async *read(
    container: string,
    blob: Pick<DatasetBlob, "name" | "etag">,
  ): AsyncIterable<Uint8Array> {
    const stored = this.#containers.get(container)?.get(blob.name);
    if (!stored) {
      throw new PermanentError("DATASET_NOT_FOUND", `${container}/${blob.name} is gone`);
    }
    if (stored.etag !== blob.etag) {
      throw new PermanentError("DATASET_CHANGED", `${container}/${blob.name} has changed`);
    }
    if (stored.size > 0) yield stored.content;
  }
}
