import { createWriteStream } from "node:fs";
import { mkdir, rm, stat } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import path from "node:path";
import { pipeline } from "node:stream/promises";

import type { ContainerExit } from "../kubelet/container-record.ts";
import type { PodHttp } from "../network/pod-http.ts";
import { limitTo } from "./limit-to.ts";
import { environmentOf, EXIT_OK, type ProgramContext } from "./program.ts";

const TRIES = 3;
const MAX_BYTES = 1024 ** 3;
/** curl's default. */
const MAX_REDIRECTS = 50;

/** kaito: pkg/workspace/tuning/scripts/data-downloader.sh, line by line. */
export async function downloadData(context: ProgramContext): Promise<ContainerExit> {
  const { log, spec } = context;
  const { DATA_URLS = "", DATA_VOLUME_PATH = "" } = environmentOf(spec);
  const urls = DATA_URLS.split(/\s+/).filter((url) => url !== "");
  if (urls.length === 0) {
    log.line("No URLs provided in DATA_URLS.");
    return { exitCode: 1 };
  }
  for (const url of urls) {
    const target = `${DATA_VOLUME_PATH}/${fileNameOf(url)}`;
    log.line(`Downloading ${url} to ${target}`);
    if (await downloadWithRetries(url, target, context)) continue;
    log.line(`Failed to download ${url} after ${TRIES} attempts`);
    return { exitCode: 1 };
  }
  log.line("All downloads completed successfully");
  return EXIT_OK;
}

/** The script's `basename`, less query and fragment: a raw slash in the query spoils the name. */
export function fileNameOf(url: string): string {
  return path.posix.basename(url).replace(/[?#].*/, "");
}

async function downloadWithRetries(
  url: string,
  target: string,
  context: ProgramContext,
): Promise<boolean> {
  const { busy, log, signal, timings } = context;
  for (let tries = 0; tries < TRIES; tries++) {
    const status = await downloadOnce(url, target, context);
    if (status === "ok") {
      log.line(`Successfully downloaded ${url}`);
      return true;
    }
    log.line(`Failed to download ${url}, HTTP status code: ${status}, retrying...`);
    await busy.delay(timings.downloadRetry, { signal });
  }
  return false;
}

/** @returns "ok", or curl's `%{http_code}`: 000 where there was no answer */
async function downloadOnce(
  url: string,
  target: string,
  { fault, files, http, log, signal }: ProgramContext,
): Promise<string> {
  if (fault?.fault === "download-fails") {
    log.errorLine("curl: (6) Could not resolve host (fault download-fails)");
    return "000";
  }
  const file = files.resolve(target);
  let status = "000";
  try {
    const response = await follow(http, new URL(url), signal);
    status = String(response.statusCode ?? 0).padStart(3, "0");
    await mkdir(path.dirname(file), { recursive: true });
    await pipeline(response, limitTo(MAX_BYTES, "(63) the file is"), createWriteStream(file), {
      signal,
    });
    const { size } = await stat(file);
    if (status === "200" && size > 0) return "ok";
  } catch (error) {
    if (signal.aborted) throw error;
    log.errorLine(`curl: ${error instanceof Error ? error.message : String(error)}`);
  }
  await rm(file, { force: true });
  return status;
}

/** `curl -L --proto =http,https`. */
async function follow(http: PodHttp, start: URL, signal: AbortSignal): Promise<IncomingMessage> {
  let url = start;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      throw new Error(`(1) Protocol "${url.protocol.slice(0, -1)}" disabled`);
    }
    const response = await http.request(url, { signal });
    const { location } = response.headers;
    const redirected = [301, 302, 303, 307, 308].includes(response.statusCode ?? 0);
    if (!redirected || location === undefined) return response;
    response.resume();
    url = new URL(location, url);
  }
  throw new Error(`(47) Maximum (${MAX_REDIRECTS}) redirects followed`);
}
