import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { SingleBar } from "cli-progress";

import { UsageError } from "../../infra/local/program/usage-error.ts";
import { checkSeeds, type FailedSeed, type SeedsReport } from "./host/check-seeds.ts";
import { loadWorld } from "./host/load-world.ts";
import { memoryStores, sqliteStores } from "./host/stores.ts";
import { type ChaosOptions, parseOptions } from "./options.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** @returns the exit code */
export async function runChaos(args: readonly string[]): Promise<number> {
  let options: ChaosOptions;
  try {
    options = parseOptions(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT_USAGE;
  }
  const report = await inDirectory((directory) => check(options, directory));
  process.stdout.write(options.json ? asJson(report, options) : forPeople(report, options));
  return report.failed.length > 0 ? EXIT_FAILED : 0;
}

async function check(options: ChaosOptions, directory: string): Promise<SeedsReport> {
  const stores = options.store === "sqlite" ? sqliteStores(directory) : memoryStores;
  const world = await loadWorld(stores);
  const bar = new SingleBar({
    format: "{value} of {total} seeds, {eta_formatted} left",
    stream: process.stderr,
  });
  if (!options.json) bar.start(options.count, 0);
  try {
    return await checkSeeds(options, world, (done) => bar.update(done));
  } finally {
    bar.stop();
  }
}

async function inDirectory<Result>(work: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(path.join(tmpdir(), "rollforward-chaos-"));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function asJson({ failed, ...figures }: SeedsReport, options: ChaosOptions): string {
  const failures = failed.map((one) => ({ ...one, command: commandFor(one, options) }));
  return `${JSON.stringify({ ...figures, failed: failures })}\n`;
}

function forPeople(
  { seeds, commits, crashes, failed }: SeedsReport,
  options: ChaosOptions,
): string {
  const figures = `${seeds} seeds, ${commits} commits without faults, ${crashes} crashes: ${failed.length} failed\n`;
  return figures + failed.map((one) => describe(one, options)).join("");
}

function describe(failed: FailedSeed, options: ChaosOptions): string {
  const { run, reasons } = failed.failure;
  return [
    `\nseed ${failed.seed} failed ${run}. Again: ${commandFor(failed, options)}`,
    ...reasons.map((reason) => `  ${reason}`),
    "  the smallest scenario that fails:",
    `  ${JSON.stringify(failed.smallest)}\n`,
  ].join("\n");
}

function commandFor({ seed }: FailedSeed, { store }: ChaosOptions): string {
  return `npm run chaos -- host --seed ${seed}${store === "sqlite" ? " --store sqlite" : ""}`;
}
