/** sha256 in lower-case hex; given by the caller, because this folder does no I/O of its own. */
export type Sha256 = (text: string) => string;

const REQUEST_ID_LENGTH = 16;

/**
 * The id of the request that an uploaded blob makes: the same event again has the same id.
 *
 * Azure writes an ETag with quotes in HTTP headers and without them in events; both give one id.
 */
export function uploadRequestId(
  event: { pipeline: string; container: string; blob: string; etag: string },
  sha256: Sha256,
): string {
  const etag = bareEtag(event.etag);
  const text = ["upload", event.pipeline, event.container, event.blob, etag].join("\n");
  return sha256(text).slice(0, REQUEST_ID_LENGTH);
}

/** `"0x8D..."` -> `0x8D...` */
export function bareEtag(etag: string): string {
  return etag.replaceAll('"', "");
}
