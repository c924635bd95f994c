import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { BlobServiceClient, type ContainerClient } from "@azure/storage-blob";
import { Command, CommanderError } from "commander";

import { WORKSPACE_NAMESPACE } from "../stack/app-settings.ts";
import { ANY_PORTS } from "../stack/ports.ts";
import { type Stack, startStack } from "../stack/start-stack.ts";
import { createAppClient } from "./app-client.ts";
import { viewCluster } from "./left-behind.ts";
import { createNarrator, type Narrator } from "./narrator.ts";
import { toDocument, toText } from "./report.ts";
import { tellStory } from "./story.ts";

/** A minute of waiting on a real cluster is half a second here. */
const SETTINGS = { POLL_INTERVAL_MS: "250", CRASH_LOOP_GRACE_MS: "5000" } as const;

const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

const program = new Command("demo")
  .description(
    "The main job on this machine, from an empty directory: data are dropped, v1 serves, better data make v2, " +
      "bad data and a crashing training change nothing.",
  )
  .option("--json", "print one JSON document of how it went")
  .option("--keep", "keep the directory with data and logs, and say where it is")
  .allowExcessArguments(false)
  .exitOverride();

try {
  program.parse();
  await run(program.opts<{ json?: boolean; keep?: boolean }>());
  process.exit(0);
} catch (error) {
  process.exit(report(error));
}

async function run({ json = false, keep = false }: { json?: boolean; keep?: boolean }) {
  const startedAt = performance.now();
  const narrator = createNarrator(process.stderr, startedAt);
  const directory = await mkdtemp(path.join(tmpdir(), "rollforward-demo-"));
  let stack: Stack | undefined;
  let wasOk = false;
  const stop = async (): Promise<void> => {
    narrator.stop();
    await stack?.stop();
    if (keep || !wasOk) process.stderr.write(`Data and logs: ${directory}\n`);
    else await rm(directory, { recursive: true, force: true });
  };
  onInterrupt(stop);

  try {
    narrator.chapter("Starting Azurite, identity, registry, cluster and the Functions host");
    stack = await startStack({
      directory,
      ports: ANY_PORTS,
      settings: SETTINGS,
      onProgress: (message) => narrator.say(message),
    });
    const told = await tellStory(await stageOf(stack, narrator));
    narrator.chapter("How it went");
    process.stdout.write(`${json ? JSON.stringify(toDocument(told)) : toText(told)}\n`);
    const left = [...told.leftBehind.values()].flat();
    if (left.length > 0) throw new Error(`Left behind: ${left.join(", ")}`);
    wasOk = true;
  } finally {
    await stop();
  }
}

async function stageOf(stack: Stack, narrator: Narrator) {
  return {
    app: createAppClient(stack.url, stack.key),
    container: await datasetsContainer(stack),
    cluster: viewCluster(stack.kubeconfigFile, WORKSPACE_NAMESPACE),
    narrator,
  };
}

async function datasetsContainer({
  caFile,
  credential,
  eventGrid,
}: Stack): Promise<ContainerClient> {
  // The core pipeline knows `tlsOptions`, only the storage package's own type leaves it out.
  const options = {
    retryOptions: { maxTries: 3 },
    tlsOptions: { ca: readFileSync(caFile, "utf8") },
  };
  const service = new BlobServiceClient(eventGrid.blobServiceUrl, credential, options);
  const container = service.getContainerClient("datasets");
  await container.createIfNotExists();
  return container;
}

function onInterrupt(stop: () => Promise<void>): void {
  let isStopping = false;
  const end = (): void => {
    if (isStopping) return;
    isStopping = true;
    stop()
      .catch((error: unknown) => process.stderr.write(`demo: ${String(error)}\n`))
      .finally(() => process.exit(EXIT_INTERRUPTED));
  };
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
}

/** @returns the exit code */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
}
