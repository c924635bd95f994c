import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { type UploadTarget, routes } from "../../shared/contracts/http-api.ts";
import { uploadRequestId } from "../../shared/domain/request-id.ts";
import type { RequestRecord } from "../../shared/domain/training-request.ts";
import { CommandError, UsageError } from "../errors.ts";
import { patiently } from "../patience.ts";
import { uploadFile } from "../upload-file.ts";
import type { CommandContext } from "./command-context.ts";
import { watchRun } from "./run-commands.ts";

interface UploadOptions {
  readonly pipeline: string;
  readonly file: string;
  readonly name?: string;
  /** Whether to see the run to its end. */
  readonly wait: boolean;
}

/** Event Grid usually takes seconds; it promises nothing. */
const EVENT_TIMEOUT_MS = 120_000;

/** `upload support ./data.jsonl`: drops the file, and follows the run that it makes. */
export async function upload(context: CommandContext, options: UploadOptions): Promise<void> {
  const { output } = context;
  const { pipeline, file, wait } = options;
  const size = await sizeOf(file);
  const name = options.name ?? path.basename(file);

  const { target, etag } = await drop(context, { pipeline, file, name, size });
  const request = requestIdOf(pipeline, target, etag);
  const { container, blob } = target;
  const said = `dropped ${container}/${blob} (request ${request})`;
  if (!wait) {
    output.result({ pipeline, request, container, blob, etag }, said);
    return;
  }
  output.note(said);
  const run = await waitForRun(context, pipeline, request);
  await watchRun(context, { run });
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new UsageError(`There is no file ${file}`);
  if (found.size === 0) throw new UsageError(`${file} is empty`);
  return found.size;
}

interface Drop {
  readonly pipeline: string;
  readonly file: string;
  readonly name: string;
  readonly size: number;
}

async function drop(
  context: CommandContext,
  { pipeline, file, name, size }: Drop,
): Promise<{ target: UploadTarget; etag: string }> {
  const { api, connection, output, signal } = context;
  const onProgress = (sent: number): void =>
    output.progress(`uploading ${name} ${Math.round((100 * sent) / size)}%`);
  // Safe to ask again: a URL changes nothing, and a refused connection has sent nothing.
  return patiently(context, async () => {
    const target = await api.call(routes.createUpload, { params: { pipeline }, body: { name } });
    if (!output.live) output.note(`uploading ${name} (${size} bytes)`);
    const etag = await uploadFile({ target, file, size, ca: connection.ca, signal, onProgress });
    return { target, etag };
  });
}

function requestIdOf(pipeline: string, { container, blob }: UploadTarget, etag: string): string {
  const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
  return uploadRequestId({ pipeline, container, blob, etag }, sha256);
}

/**
 * A request that waits for its turn may wait for hours: only its arrival has a deadline, and only
 * looks that were answered count.
 *
 * @returns the id of the run that took the request
 */
async function waitForRun(
  context: CommandContext,
  pipeline: string,
  request: string,
): Promise<string> {
  const { api, output, pace, signal } = context;
  let said: string | undefined;
  for (let waited = 0; waited < EVENT_TIMEOUT_MS; waited += pace.pollMs) {
    const found = await patiently(context, () =>
      api.find(routes.getRequest, { params: { pipeline, request } }),
    );
    if (found?.run !== undefined) return found.run;
    if (found) {
      requireOpen(found);
      waited = 0;
    }
    const text = found ? STANDING[found.state] : "waiting for the event";
    if (said !== text && !output.live) output.note(text);
    said = text;
    output.progress(text);
    await sleep(pace.pollMs, undefined, { signal });
  }
  const message = "The file was dropped, but no event of it has arrived for two minutes";
  throw new CommandError(`${message}. See: rollforward requests`, { code: "UNAVAILABLE" });
}

const STANDING: Readonly<Record<RequestRecord["state"], string>> = {
  received: "the event has arrived",
  waiting: "waiting for its turn, behind another run",
  running: "the run begins",
  done: "done",
  refused: "refused",
};

/** @throws {CommandError} if no run will take the request any more */
function requireOpen({ id, state, code, message }: RequestRecord): void {
  if (state !== "refused" && state !== "done") return;
  const why = code === undefined ? "" : `: ${code}: ${message ?? ""}`;
  throw new CommandError(`Request ${id} is ${state} and made no run${why}`, { code: "CONFLICT" });
}
