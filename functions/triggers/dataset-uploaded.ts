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
  /** The host moves it to the poison queue when it fails once more. */
  readonly isLastTry: boolean;
}

const EXCERPT_LENGTH = 2000;

/**
 * Makes one training request for each pipeline whose prefix the blob was dropped under.
 *
 * Event Grid delivers at least once: the request's id comes from the blob's ETag, and inserting its row
 * is the dedupe. A row that is still `received` is offered again, because an earlier delivery may have
 * died between the two steps.
 */
export function createDatasetUploaded(
  dependencies: Dependencies,
): (message: QueueMessage, engine: Engine) => Promise<Taken> {
  return async (message, engine) => {
    const read = readBlobCreated(message.content);
    if (!read.ok) {
      await keep(dependencies, message, read.reason);
      return { kind: "unreadable", reason: read.reason };
    }
    try {
      return { kind: "taken", requests: await take(dependencies, read.event, engine) };
    } catch (error) {
      if (message.isLastTry) await keep(dependencies, message, `Given up: ${reasonOf(error)}`);
      throw error;
    }
  };
}

async function take(
  { pipelines, requests, now }: Dependencies,
  event: BlobCreated,
  engine: Engine,
): Promise<string[]> {
  const taken: string[] = [];
  for (const pipeline of await watching(pipelines, event)) {
    const request = toRequest(pipeline, event, now());
    const row = (await requests.insert(request)) ?? request;
    if (row.state === "received") {
      const instance = requestInstance(pipeline, row.id);
      await engine.start(orchestrationNames.admit, instance, { pipeline, request: row.id });
    }
    taken.push(row.id);
  }
  return taken;
}

/** What goes to the poison queue is listed with its reason: nobody looks into a queue. */
async function keep(
  { requests, now }: Dependencies,
  { id, content }: QueueMessage,
  reason: string,
): Promise<void> {
  const text = typeof content === "string" ? content : JSON.stringify(content ?? null);
  const excerpt = text.slice(0, EXCERPT_LENGTH);
  await requests.keepUnreadable({ id, receivedAt: now().toISOString(), reason, excerpt });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
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
