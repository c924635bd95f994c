import {
  BlobServiceClient,
  type BlockBlobClient,
  type ContainerClient,
  type StoragePipelineOptions,
} from "@azure/storage-blob";

import { PermanentError } from "../../errors.ts";
import { type BlobConnection, once, tlsOptions } from "./storage-connection.ts";
import { failed } from "./storage-errors.ts";

/**
 * Short: an activity is tried again by the engine, which can wait much longer without occupying a worker.
 */
const RETRIES = { maxTries: 3, retryDelayInMs: 500, maxRetryDelayInMs: 4_000 };

export function openBlobService(connection: BlobConnection): BlobServiceClient {
  // The options are handed on to the core pipeline, which knows `tlsOptions`; only their type leaves it out.
  const options: StoragePipelineOptions = { retryOptions: RETRIES, ...tlsOptions(connection) };
  return new BlobServiceClient(connection.blobServiceUrl, connection.credential, options);
}

/** A container of our own: created when it is first written. */
export interface OwnContainer {
  readonly client: ContainerClient;
  ensure(): Promise<void>;
}

export function ownContainer(service: BlobServiceClient, name: string): OwnContainer {
  const client = service.getContainerClient(name);
  return {
    client,
    ensure: once(async () => {
      await client.createIfNotExists().catch(failed(`Creating container ${name}`));
    }),
  };
}

/** What a URL, or the service, would read as another name: `a/../../other-container/b`, `a\\..\\b`. */
const NO_BLOB_NAME = /\\|\p{Cc}|(?:^|\/)\.{1,2}(?:\/|$)|^$/u;

export function isBlobName(name: string): boolean {
  return !NO_BLOB_NAME.test(name);
}

/**
 * The blob of exactly this name in this container: the SDK would follow `..` out of it.
 *
 * @throws {PermanentError} `UNSUPPORTED`
 */
export function blobIn(container: ContainerClient, name: string): BlockBlobClient {
  if (isBlobName(name)) return container.getBlockBlobClient(name);
  throw new PermanentError("UNSUPPORTED", `${JSON.stringify(name)} cannot be the name of a blob`);
}

/** Listings give ETags bare, single reads give them quoted; ours are bare, as in Event Grid's events. */
export function bareEtag(etag: string | undefined): string {
  return (etag ?? "").replaceAll('"', "");
}

export function quotedEtag(etag: string): string {
  return `"${bareEtag(etag)}"`;
}
