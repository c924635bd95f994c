import { z } from "zod";

import type { Answer } from "../http/answer.ts";
import type { Webhook } from "../http/webhook.ts";
import type { BlobFunction } from "./blob-function.ts";
import { pathOfUrl } from "./blob-path.ts";
import { type BlobVersion, functionIdOf } from "./blob-receipts.ts";
import type { BlobWork } from "./blob-work.ts";
import {
  answerEventGrid,
  badRequest,
  functionNotFound,
  type GridEvent,
} from "./event-grid-request.ts";

const BlobEvent = z.object({
  data: z.object({ url: z.string(), eTag: z.string().default(""), blobType: z.string() }),
});

interface Told {
  readonly version: BlobVersion;
  readonly blobType: string;
}

/**
 * Takes the events of blob triggers with the source EventGrid (BlobsExtensionConfigProvider.cs). The type of
 * the event and its tag are not looked at, as there; the path is what the subscription should filter by, and
 * is looked at here, because nobody filters on one machine.
 */
export function createBlobWebhook(functions: readonly BlobFunction[], work: BlobWork): Webhook {
  const byId = new Map(functions.map((each) => [functionIdOf(each.fn), each]));
  return {
    name: "blobs",
    async handle(request) {
      const id = request.query.get("functionName");
      const blobFunction = id === null ? undefined : byId.get(id);
      if (!blobFunction) return functionNotFound(id);
      return answerEventGrid(request, (events) => notify(blobFunction, events, work));
    },
  };
}

async function notify(
  { fn, service, pattern }: BlobFunction,
  events: readonly GridEvent[],
  work: BlobWork,
): Promise<Answer> {
  const all = events.map((event) => read(event, service.url));
  const good = all.filter((each) => each !== undefined);
  if (good.length < all.length) {
    return badRequest("An event has no data.url of a blob, or no data.blobType.");
  }
  for (const { version, blobType } of good) {
    const isForIt =
      version.container === pattern.container && pattern.capture(version.blob) !== undefined;
    if (isForIt) await work.add(functionIdOf(fn), version, blobType);
  }
  return { status: 202 };
}

function read(event: GridEvent, accountUrl: string): Told | undefined {
  const parsed = BlobEvent.safeParse(event);
  if (!parsed.success) return undefined;
  const { url, eTag, blobType } = parsed.data.data;
  const path = pathOfUrl(url, accountUrl);
  return path && { version: { ...path, etag: `"${eTag}"` }, blobType };
}
