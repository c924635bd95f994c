import type { FileHandle } from "node:fs/promises";

import { type Answer, emptyAnswer } from "../http/answer.ts";
import { readRange } from "../http/byte-range.ts";
import { checkDigest } from "../names.ts";
import { RegistryError } from "../registry-error.ts";
import { checkRepositoryAllowsDelete } from "../store/locks.ts";
import type { Store } from "../store/store.ts";
import type { Call, Route } from "./route.ts";

/** Pulling and deleting blobs. */
export function blobRoutes({ blobs, catalog }: Store): Route[] {
  function find({ reference, repository }: Call): Found {
    const digest = checkDigest(reference);
    const size = blobs.size(repository, digest);
    if (size === undefined) throw blobUnknown(digest);
    return { digest, size };
  }

  async function pull(call: Call): Promise<Answer> {
    const found = find(call);
    // Opened now: a delete between this and the last byte sent takes nothing away from us.
    const handle = await blobs.open(found.digest);
    try {
      return contentOf(handle, found, call.request.headers.range);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  function remove(call: Call): Answer {
    const { digest } = find(call);
    checkRepositoryAllowsDelete(catalog, call.repository);
    blobs.remove(call.repository, digest);
    return emptyAnswer(202);
  }

  return [
    {
      pattern: /^\/v2\/(?<repository>.+)\/blobs\/(?<reference>[^/]+)$/,
      operations: {
        HEAD: { needs: ["pull"], handle: (call) => emptyAnswer(200, headersOf(find(call))) },
        GET: { needs: ["pull"], handle: pull },
        DELETE: { needs: ["delete"], handle: remove },
      },
    },
  ];
}

interface Found {
  readonly digest: string;
  readonly size: number;
}

function contentOf(handle: FileHandle, found: Found, rangeHeader: string | undefined): Answer {
  const range = readRange(rangeHeader, found.size);
  if (!range) {
    return { status: 200, headers: headersOf(found), body: handle.createReadStream() };
  }
  const { end, start } = range;
  return {
    status: 206,
    headers: {
      ...headersOf(found),
      "content-length": String(end - start + 1),
      "content-range": `bytes ${start}-${end}/${found.size}`,
    },
    body: handle.createReadStream(range),
  };
}

function headersOf({ digest, size }: Found): Record<string, string> {
  return {
    "content-type": "application/octet-stream",
    // The Azure SDK refuses a blob without it.
    "content-length": String(size),
    "accept-ranges": "bytes",
    "docker-content-digest": digest,
    etag: `"${digest}"`,
  };
}

function blobUnknown(digest: string): RegistryError {
  return new RegistryError(404, "BLOB_UNKNOWN", "blob unknown to registry", { detail: { digest } });
}
