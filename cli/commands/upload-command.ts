import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { type UploadTarget, routes } from "../../shared/contracts/http-api.ts";
import { uploadRequestId } from "../../shared/domain/request-id.ts";
import type { RequestRecord } from "../../shared/domain/training-request.ts";
import { CommandError, UsageError } from "../errors.ts";
import type { ApiClient } from "../api-client.ts";
import { uploadFile } from "../upload-file.ts";
import type { CommandContext } from "./command-context.ts";
import { watchRun } from "./run-commands.ts";

interface UploadOptions {
  readonly pipeline: string;
  readonly file: string;
  readonly name?: string | undefined;
  /** Whether to see the run to its end. */
  readonly wait: boolean;
}

const POLL_MS = 500;
/** Event Grid usually takes seconds; it promises nothing. */
const EVENT_TIMEOUT_MS = 120_000;

/** `upload support ./data.jsonl`: drops the file, and follows the run that it makes. */
export async function upload(context: CommandContext, options: UploadOptions): Promise<void> {
  const { api, connection, output } = context;
  const { pipeline, file, wait } = options;
  const size = await sizeOf(file);

  const name = options.name ?? path.basename(file);
  const target = await api.call(routes.createUpload, { params: { pipeline }, body: { name } });
  const etag = await uploadFile({
    target,
    file,
    size,
    ca: connection.ca,
    onProgress: (sent) => output.progress(`uploading ${Math.round((100 * sent) / size)}%`),
  });

  const request = requestIdOf(pipeline, target, etag);
  const dropped = { pipeline, request, container: target.container, blob: target.blob, etag };
  if (!wait) {
    output.result(dropped, `dropped ${target.container}/${target.blob} (request ${request})`);
    return;
  }
  output.note(`dropped ${target.container}/${target.blob} (request ${request})`);
  output.progress("waiting for the event");
  const run = await waitForRun(api, pipeline, request);
  await watchRun(context, { run });
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new UsageError(`There is no file ${file}`);
  if (found.size === 0) throw new UsageError(`${file} is empty`);
  return found.size;
}

function requestIdOf(pipeline: string, { container, blob }: UploadTarget, etag: string): string {
  const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
  return uploadRequestId({ pipeline, container, blob, etag }, sha256);
}

/** @returns the id of the run that took the request */
async function waitForRun(api: ApiClient, pipeline: string, request: string): Promise<string> {
  const until = Date.now() + EVENT_TIMEOUT_MS;
  let found: RequestRecord | undefined;
  // A request that waits for its turn may wait for hours: only its arrival has a deadline.
  while (found !== undefined || Date.now() < until) {
    found = await api.find(routes.getRequest, { params: { pipeline, request } });
    if (found?.run !== undefined) return found.run;
    if (found?.state === "refused") {
      throw new CommandError(`Refused (${found.code ?? "?"}): ${found.message ?? ""}`);
    }
    await sleep(POLL_MS);
  }
  throw new CommandError(
    "The file was dropped, but no event of it has arrived for two minutes. See: rollforward requests",
  );
}
