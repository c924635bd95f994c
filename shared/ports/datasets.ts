import type { DatasetBlob } from "../domain/training-request.ts";

/**
 * What users dropped: read only.
 *
 * Every method of every port throws `TransientError` when a retry may help and `PermanentError`
 * otherwise, never an SDK's own error.
 */
export interface Datasets {
  /** All blobs below the prefix, in the order of their names. An absent container has none. */
  list(container: string, prefix: string): Promise<DatasetBlob[]>;

  /** @returns the blob as it is now, or `undefined` if it is gone */
  find(container: string, name: string): Promise<DatasetBlob | undefined>;

  /**
   * Reads one version of a blob.
   *
   * @throws {PermanentError} `DATASET_CHANGED` if it has another ETag now, `DATASET_NOT_FOUND` if it is gone
   */
  read(container: string, blob: Pick<DatasetBlob, "name" | "etag">): AsyncIterable<Uint8Array>;
}
