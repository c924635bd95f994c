import type { BlobGetPropertiesResponse, BlobServiceClient } from "@azure/storage-blob";
import { z } from "zod";

import type { AppFunction } from "../app/function-lookup.ts";
import type { TypedData } from "../app/rpc.ts";
import { blobClientData, wantsClient } from "./blob-client-data.ts";
import { type BlobPath, type BlobPattern, parseBlobPattern } from "./blob-path.ts";
import { BlobReceipts, type BlobVersion } from "./blob-receipts.ts";
import { isMissing } from "./is-missing.ts";
import { describeBinding, readBinding, triggerOf } from "./read-binding.ts";
import { HOST_CONNECTION } from "./host-connection.ts";
import { runFunction, type TriggerParts } from "./trigger.ts";

const BlobTrigger = z.looseObject({
  path: z.string(),
  connection: z.string().default(""),
  source: z
    .string()
    .toLowerCase()
    .pipe(z.enum(["logsandcontainerscan", "eventgrid"]))
    .default("logsandcontainerscan"),
});

/** A function with a blob trigger. */
export interface BlobFunction {
  readonly fn: AppFunction;
  readonly connection: string;
  readonly service: BlobServiceClient;
  readonly pattern: BlobPattern;
  /** Undefined if Event Grid says which blobs there are: what it says twice happens twice, as in Azure. */
  readonly receipts: BlobReceipts | undefined;
}

/** @throws {UsageError} if the binding is not right */
export function readBlobFunction(fn: AppFunction, parts: TriggerParts): BlobFunction {
  const named = triggerOf(fn);
  const { path, connection, source } = readBinding(named, BlobTrigger, parts.env);
  const { storage, hostId } = parts;
  return {
    fn,
    connection,
    service: storage.blobs(connection, fn.name),
    pattern: parseBlobPattern(path, describeBinding(named)),
    receipts:
      source === "eventgrid"
        ? undefined
        : new BlobReceipts(storage.blobs(HOST_CONNECTION, fn.name), hostId, fn),
  };
}

/**
 * Runs the function on a blob.
 *
 * @param version a scan found this state of it; another state has a message of its own
 * @returns false if the blob is not there any more in that state
 * @throws what the function throws
 */
export async function runOnBlob(
  blobFunction: BlobFunction,
  version: BlobVersion,
  parts: TriggerParts,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await readBlob(blobFunction, version);
  if (!found) return false;
  const { fn, pattern, service, receipts } = blobFunction;
  const { container, blob } = version;
  const url = service.getContainerClient(container).getBlobClient(blob).url;
  const triggerMetadata = {
    BlobTrigger: { string: `${container}/${blob}` },
    Uri: { json: JSON.stringify(url) },
    Properties: { json: JSON.stringify(propertiesOf(found.properties)) },
    Metadata: { json: JSON.stringify(found.properties.metadata ?? {}) },
    ...capturesOf(pattern, version),
  };
  const source = receipts ? "LogsAndContainerScan" : "EventGrid";
  const reason = `New blob detected(${source}): ${container}/${blob}`;
  await runFunction(fn, { data: found.data, triggerMetadata, reason }, parts, signal);
  return true;
}

function capturesOf({ capture }: BlobPattern, { blob }: BlobPath): Record<string, TypedData> {
  const captures = Object.entries(capture(blob) ?? {});
  return Object.fromEntries(captures.map(([name, value]) => [name, { string: value }]));
}

interface FoundBlob {
  readonly data: TypedData;
  readonly properties: BlobGetPropertiesResponse;
}

async function readBlob(
  { fn, connection, service, receipts }: BlobFunction,
  version: BlobVersion,
): Promise<FoundBlob | undefined> {
  const client = service.getContainerClient(version.container).getBlobClient(version.blob);
  try {
    const properties = await client.getProperties();
    const etag = properties.etag ?? version.etag;
    if (receipts && etag !== version.etag) return undefined;
    if (wantsClient(fn.trigger)) return { data: blobClientData(connection, version), properties };
    const bytes = await client.downloadToBuffer(undefined, undefined, {
      conditions: { ifMatch: etag },
    });
    return { data: { bytes }, properties };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The names of .NET's `BlobProperties`, of which the library makes the first letter small. */
function propertiesOf(properties: BlobGetPropertiesResponse) {
  return {
    LastModified: properties.lastModified,
    CreatedOn: properties.createdOn,
    Metadata: properties.metadata ?? {},
    BlobType: BLOB_TYPES.indexOf(properties.blobType ?? "BlockBlob"),
    ContentLength: properties.contentLength,
    ContentType: properties.contentType,
    ETag: properties.etag,
    ContentEncoding: properties.contentEncoding,
    ContentLanguage: properties.contentLanguage,
    ContentDisposition: properties.contentDisposition,
    CacheControl: properties.cacheControl,
    ContentHash: properties.contentMD5 && Buffer.from(properties.contentMD5).toString("base64"),
    AccessTier: properties.accessTier,
  };
}

/** In the order of .NET's enumeration. */
const BLOB_TYPES = ["BlockBlob", "PageBlob", "AppendBlob"];
