import { z } from "zod";

const CONTAINERS = "/blobServices/default/containers/";
const BLOBS = "/blobs/";
const SUBJECT = new RegExp(`^${CONTAINERS}[^/]+${BLOBS}.+$`, "s");

/**
 * Event Grid's `Microsoft.Storage.BlobCreated` in the CloudEvents 1.0 schema, the fields that we read.
 * https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage
 */
const BlobCreatedEvent = z.object({
  specversion: z.literal("1.0"),
  id: z.string().min(1),
  type: z.literal("Microsoft.Storage.BlobCreated"),
  subject: z.string().regex(SUBJECT),
  time: z.iso.datetime({ offset: true }),
  data: z.object({
    api: z.string(),
    eTag: z.string().min(1),
    contentLength: z.number().int().nonnegative(),
    /** Empty for a rename of a directory; absent in none of the APIs we subscribe to. */
    blobType: z.string().optional(),
  }),
});

export interface BlobCreated {
  readonly container: string;
  readonly blob: string;
  readonly etag: string;
  readonly size: number;
  readonly time: string;
}

export type ReadEvent =
  | { readonly ok: true; readonly event: BlobCreated }
  | { readonly ok: false; readonly reason: string };

/** Reads a queue message as the event it should be; it may be anything. */
export function readBlobCreated(message: unknown): ReadEvent {
  const parsed = BlobCreatedEvent.safeParse(message);
  if (!parsed.success) {
    const reason = parsed.error.issues
      .map(({ path, message: problem }) => `${path.join(".") || "message"}: ${problem}`)
      .join("; ");
    return { ok: false, reason: `Not a Microsoft.Storage.BlobCreated event: ${reason}` };
  }

  const { subject, data, time } = parsed.data;
  const end = subject.indexOf(BLOBS);
  const container = subject.slice(CONTAINERS.length, end);
  const blob = subject.slice(end + BLOBS.length);
  return {
    ok: true,
    event: { container, blob, etag: data.eTag, size: data.contentLength, time },
  };
}
