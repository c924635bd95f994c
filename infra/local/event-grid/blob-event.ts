import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

import type { BlobWrite } from "./blob-write.ts";

/** What the request and its answer say of a blob that was written. */
export interface WrittenBlob {
  readonly write: BlobWrite;
  readonly origin: string;
  readonly request: IncomingHttpHeaders;
  readonly response: IncomingHttpHeaders;
  readonly properties: BlobProperties;
  /** Grows with each event, as text. */
  readonly sequencer: string;
  readonly now: Date;
}

export interface BlobProperties {
  readonly contentType: string;
  readonly contentLength: number;
  readonly blobType: string;
}

/** `Microsoft.Storage.BlobCreated` in the CloudEvents 1.0 schema. */
export interface BlobCreated {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: "Microsoft.Storage.BlobCreated";
  readonly subject: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const SUBSCRIPTION = "00000000-0000-0000-0000-000000000000";

/** The event as Event Grid makes it: https://learn.microsoft.com/azure/event-grid/cloud-event-schema */
export function blobCreated(written: WrittenBlob): BlobCreated {
  const { now, origin, properties, request, response, sequencer, write } = written;
  return {
    specversion: "1.0",
    id: randomUUID(),
    source: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rollforward/providers/Microsoft.Storage/storageAccounts/${write.account}`,
    type: "Microsoft.Storage.BlobCreated",
    subject: subjectOf(write),
    time: now.toISOString(),
    data: {
      api: write.api,
      clientRequestId: single(request["x-ms-client-request-id"]),
      requestId: single(response["x-ms-request-id"]),
      // Without the quotes that the header has.
      eTag: single(response.etag).replaceAll('"', ""),
      contentType: properties.contentType,
      contentLength: properties.contentLength,
      blobType: properties.blobType,
      // Without the query: a SAS has no place in an event.
      url: `${origin}${write.path}`,
      sequencer,
      storageDiagnostics: { batchId: randomUUID() },
    },
  };
}

export function subjectOf({ blob, container }: Pick<BlobWrite, "blob" | "container">): string {
  return `/blobServices/default/containers/${container}/blobs/${blob}`;
}

/** What Put Blob itself says; for the other operations the blob must be looked at. */
export function propertiesOfPutBlob(headers: IncomingHttpHeaders): BlobProperties {
  const blobType = single(headers["x-ms-blob-type"]);
  const given = headers["x-ms-blob-content-type"] ?? headers["content-type"];
  const length =
    blobType === "PageBlob" ? headers["x-ms-blob-content-length"] : headers["content-length"];
  return {
    contentType: single(given) || "application/octet-stream",
    contentLength: Number(single(length) || 0),
    blobType,
  };
}

function single(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? "";
}
