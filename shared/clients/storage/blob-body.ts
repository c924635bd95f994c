import { isRestError } from "@azure/core-rest-pipeline";
import type { BlobClient, BlobDownloadResponseParsed } from "@azure/storage-blob";

/** Breaks without a byte in between; each byte that arrives makes up for those before. */
const BREAKS_AT_MOST = 5;

/** The SDK goes on only after a stream that ended early; a connection that was reset is the usual case. */
export const NO_SDK_RETRIES = { maxRetryRequests: 0 };

/**
 * The content of a blob whose download has begun. When the connection breaks it goes on where it stopped,
 * in the same version of the blob.
 *
 * @throws {RestError} 412 if the blob has changed by then
 */
export async function* bodyOf(
  blob: BlobClient,
  first: BlobDownloadResponseParsed,
): AsyncGenerator<Buffer> {
  const { contentLength: size = 0, etag = "" } = first;
  let response = first;
  let offset = 0;
  let breaks = 0;
  while (offset < size) {
    try {
      for await (const chunk of response.readableStreamBody ?? []) {
        const bytes = Buffer.from(chunk);
        offset += bytes.length;
        breaks = 0;
        yield bytes;
      }
    } catch (error) {
      breaks += 1;
      if (isRestError(error) || breaks > BREAKS_AT_MOST) throw error;
    }
    if (offset < size) {
      const conditions = { ifMatch: etag };
      response = await blob.download(offset, undefined, { conditions, ...NO_SDK_RETRIES });
    }
  }
}
