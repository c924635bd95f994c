import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { z } from "zod";

import { appSettings } from "../../infra/local/stack/app-settings.ts";
import { median } from "./median.ts";

const REPOSITORY = path.resolve(import.meta.dirname, "../..");
const LOAD_ONCE = path.join(import.meta.dirname, "load-once.ts");
const PAIRS = 15;

const Loaded = z.object({ milliseconds: z.number() });

/** What a user would have before writing a line: one function, one orchestration, no bundler. */
const EMPTY_APP = `import { app as functions } from "@azure/functions";
import { app as durable } from "durable-functions";
functions.http("hello", { handler: async () => ({ body: "hello" }) });
durable.orchestration("empty", function* () { return null; });
durable.activity("nothing", { handler: async () => null });
`;

export interface LoadFigures {
  readonly bundledMs: number;
  readonly emptyMs: number;
  /** Median of the pairs' own ratios: below 1 the bundled app is the faster. */
  readonly ratio: number;
}

/** Loads the bundled app and an empty, unbundled one in turn, each in a process of its own. */
export async function measureLoad(): Promise<LoadFigures> {
  const directory = await mkdtemp(path.join(tmpdir(), "rollforward-bench-"));
  try {
    await makeEmptyApp(directory);
    const pairs: { bundled: number; empty: number }[] = [];
    // The first pair only fills the file cache.
    for (let index = 0; index <= PAIRS; index++) {
      const bundled = await loadOnce(REPOSITORY);
      const empty = await loadOnce(directory);
      if (index > 0) pairs.push({ bundled, empty });
    }
    return {
      bundledMs: median(pairs.map((pair) => pair.bundled)),
      emptyMs: median(pairs.map((pair) => pair.empty)),
      ratio: median(pairs.map((pair) => pair.bundled / pair.empty)),
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function makeEmptyApp(directory: string): Promise<void> {
  await mkdir(path.join(directory, "src"));
  await writeFile(path.join(directory, "src/main.js"), EMPTY_APP);
  const manifest = { type: "module", main: "src/main.js" };
  await writeFile(path.join(directory, "package.json"), JSON.stringify(manifest));
  await symlink(path.join(REPOSITORY, "node_modules"), path.join(directory, "node_modules"));
}

async function loadOnce(root: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [LOAD_ONCE, root], {
    env: { PATH: process.env["PATH"] ?? "", ...settings() },
  });
  return Loaded.parse(JSON.parse(stdout)).milliseconds;
}

/** Well-formed and of nowhere: loading opens no connection. */
function settings(): Readonly<Record<string, string>> {
  const {
    KUBERNETES_CA_FILE: _,
    NODE_EXTRA_CA_CERTS: __,
    ...rest
  } = appSettings({
    clientId: "00000000-0000-0000-0000-000000000000",
    identityEndpoint: "http://127.0.0.1:9/token",
    identityHeader: "none",
    blobServiceUrl: "https://127.0.0.1:9/account",
    hostBlobServiceUrl: "https://127.0.0.1:9/account",
    queueServiceUrl: "https://127.0.0.1:9/account",
    tableServiceUrl: "https://127.0.0.1:9/account",
    sasVersion: "2026-02-06",
    registryLoginServer: "localhost:9",
    kubernetesApiServer: "https://127.0.0.1:9",
    kubernetesCaFile: "",
    publicBaseUrl: "http://rollforward.internal:9",
    datasetUrlKey: "a key that is long enough to be taken as one",
    caFile: "",
  });
  return rest;
}
