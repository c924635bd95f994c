import type { BlobServiceClient, ContainerClient } from "@azure/storage-blob";

import type { AppFunction } from "../app/function-lookup.ts";
import type { BlobPath } from "./blob-path.ts";
import { isMissing } from "./is-missing.ts";

/** One state of one blob. */
export interface BlobVersion extends BlobPath {
  /** In quotes, as the service writes it. */
  readonly etag: string;
}

const CONTAINER = "azure-webjobs-hosts";

/** In a receipt's metadata once its function has run, so that a message that came twice is noticed. */
const DONE = "done";

/**
 * What a function has been told of, as empty blobs named after it
 * (Microsoft.Azure.WebJobs.Extensions.Storage.Blobs, BlobReceiptManager.cs).
 */
export class BlobReceipts {
  readonly #container: ContainerClient;
  readonly #prefix: string;

  constructor(service: BlobServiceClient, hostId: string, fn: AppFunction) {
    this.#container = service.getContainerClient(CONTAINER);
    this.#prefix = `blobreceipts/${hostId}/${functionIdOf(fn)}/`;
  }

  /** The names of all receipts; one request instead of one per blob. */
  async list(signal: AbortSignal): Promise<Set<string>> {
    await this.#container.createIfNotExists({ abortSignal: signal });
    const names = new Set<string>();
    const options = { prefix: this.#prefix, abortSignal: signal };
    for await (const { name } of this.#container.listBlobsFlat(options)) names.add(name);
    return names;
  }

  /** The tag goes before the blob's name, which may have slashes: no two versions share a receipt. */
  nameOf({ container, blob, etag }: BlobVersion): string {
    return `${this.#prefix}${etag}/${container}/${blob}`;
  }

  async write(version: BlobVersion): Promise<void> {
    await this.#container.getBlockBlobClient(this.nameOf(version)).upload("", 0);
  }

  async markDone(version: BlobVersion): Promise<void> {
    await this.#container
      .getBlockBlobClient(this.nameOf(version))
      .upload("", 0, { metadata: { [DONE]: "true" } });
  }

  async isDone(version: BlobVersion): Promise<boolean> {
    try {
      const client = this.#container.getBlobClient(this.nameOf(version));
      return (await client.getProperties()).metadata?.[DONE] !== undefined;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }
}

/** How the runtime names functions in receipts, messages and webhooks. */
export function functionIdOf({ name }: AppFunction): string {
  return `Host.Functions.${name}`;
}
