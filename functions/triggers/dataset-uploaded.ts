import { orchestrationNames } from "../../shared/contracts/orchestrations.ts";
import { type BlobCreated, readBlobCreated } from "../../shared/domain/blob-created.ts";
import { datasetFormat } from "../../shared/domain/dataset/dataset-format.ts";
import { requestInstance } from "../../shared/domain/names.ts";
import { parsePipeline } from "../../shared/domain/pipeline/parse-pipeline.ts";
import { bareEtag, uploadRequestId } from "../../shared/domain/request-id.ts";
import type { RequestRecord } from "../../shared/domain/training-request.ts";
import type { Engine } from "../../shared/ports/engine.ts";
import type { Pipelines } from "../../shared/ports/pipelines.ts";
import type { Requests } from "../../shared/ports/requests.ts";
import { sha256 } from "../sha256.ts";

interface Dependencies {
  readonly pipelines: Pipelines;
  readonly requests: Requests;
  readonly now: () => Date;
}

/** What became of one message. */
export type Taken =
  | { readonly kind: "taken"; readonly requests: readonly string[] }
  | { readonly kind: "unreadable"; readonly reason: string };

interface QueueMessage {
  readonly id: string;
  readonly content: unknown;
}

const EXCERPT_LENGTH = 2000;

/**
 * Makes one training request for each pipeline whose prefix the blob was dropped under.
 *
 * Event Grid delivers at least once: the request's id comes from the blob's ETag, and inserting its row
 * is the dedupe. A row that is still `received` is offered again, because an earlier delivery may have
 * died between the two steps.
 */
export function createDatasetUploaded({
  pipelines,
  requests,
  now,
}: Dependencies): (message: QueueMessage, engine: Engine) => Promise<Taken> {
  return async ({ id, content }, engine) => {
    const read = readBlobCreated(content);
    if (!read.ok) {
      const text = typeof content === "string" ? content : JSON.stringify(content ?? null);
      await requests.keepUnreadable({
        id,
        receivedAt: now().toISOString(),
        reason: read.reason,
        excerpt: text.slice(0, EXCERPT_LENGTH),
      });
      return { kind: "unreadable", reason: read.reason };
    }

    const taken: string[] = [];
    for (const pipeline of await watching(pipelines, read.event)) {
      const request = toRequest(pipeline, read.event, now());
      const row = (await requests.insert(request)) ?? request;
      if (row.state === "received") {
        const instance = requestInstance(pipeline, row.id);
        await engine.start(orchestrationNames.admit, instance, { pipeline, request: row.id });
      }
      taken.push(row.id);
    }
    return { kind: "taken", requests: taken };
  };
}

async function watching(pipelines: Pipelines, event: BlobCreated): Promise<string[]> {
  const stored = await pipelines.list();
  return stored.flatMap(({ name, yaml }) => {
    const parsed = parsePipeline(yaml, { file: name });
    if (!parsed.ok) return []; // `apply` refuses such a document; somebody wrote the blob by hand
    const { container, prefix } = parsed.pipeline.dataset;
    return container === event.container && event.blob.startsWith(prefix) ? [name] : [];
  });
}

function toRequest(pipeline: string, event: BlobCreated, now: Date): RequestRecord {
  const { container, blob, etag, size } = event;
  const format = datasetFormat(blob);
  return {
    id: uploadRequestId({ pipeline, container, blob, etag }, sha256),
    pipeline,
    source: "upload",
    requestedAt: now.toISOString(),
    datasets: [{ name: blob, etag: bareEtag(etag), size }],
    requestedBy: "upload",
    ...(format.ok
      ? { state: "received" }
      : { state: "refused", code: "UNSUPPORTED", message: `${blob}: ${format.message}` }),
  };
}
