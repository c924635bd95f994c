import type { IncomingHttpHeaders } from "node:http";

/** The operations that make Blob Storage raise `Microsoft.Storage.BlobCreated`, by their names in events. */
export type BlobApi = "PutBlob" | "PutBlockList" | "CopyBlob";

/** A request that creates or replaces a blob if it succeeds. */
export interface BlobWrite {
  readonly api: BlobApi;
  readonly account: string;
  readonly container: string;
  /** As people write it: `a b/ü.jsonl`. */
  readonly blob: string;
  /** As it was in the request: `/account/container/a%20b/%C3%BC.jsonl`. */
  readonly path: string;
}

/**
 * Recognises the requests that raise an event; a block that is not committed yet raises none.
 * https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage
 */
export function recogniseWrite(
  method: string | undefined,
  target: string,
  headers: IncomingHttpHeaders,
): BlobWrite | undefined {
  const [path = "", query = ""] = target.split("?", 2);
  const api = method === "PUT" ? apiOf(new URLSearchParams(query), headers) : undefined;
  if (api === undefined) return undefined;

  const [account, container, blob] = splitPath(path) ?? [];
  if (!account || !container || !blob) return undefined;
  return { api, account, container, blob, path };
}

/** Whether the blob is there now: a copy may still be running, everything else is done when it is answered. */
export function hasSucceeded(
  statusCode: number | undefined,
  headers: IncomingHttpHeaders,
): boolean {
  const isDone = headers["x-ms-copy-status"] !== "pending";
  return isDone && statusCode !== undefined && statusCode >= 200 && statusCode < 300;
}

function apiOf(query: URLSearchParams, headers: IncomingHttpHeaders): BlobApi | undefined {
  const comp = query.get("comp");
  if (comp === "blocklist") return "PutBlockList";
  if (comp !== null || query.has("restype")) return undefined;
  if (headers["x-ms-blob-type"] !== undefined) return "PutBlob";
  return headers["x-ms-copy-source"] === undefined ? undefined : "CopyBlob";
}

function splitPath(path: string): [string, string, string] | undefined {
  const [, account = "", container = "", ...blob] = path.split("/");
  try {
    // azurite: blobStorageContext.middleware.ts, and the service itself, take \ for /.
    return [account, container, decodeURIComponent(blob.join("/")).replaceAll("\\", "/")];
  } catch {
    return undefined; // a path that no service can decode; the upstream answers it
  }
}
