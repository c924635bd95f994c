import path from "node:path";

import { Argument, Option } from "commander";

import { task } from "../../program/program.ts";
import { loadApp } from "../app/load-app.ts";
import type { FunctionApp } from "../app/function-app.ts";
import { enterRoot } from "../enter-root.ts";
import { applySettings } from "../settings/local-settings.ts";
import { readSavedHistory, type SavedHistory } from "./history-file.ts";
import { findHistories } from "./history-files.ts";
import { excerpts } from "./excerpts.ts";
import { type HistoryDifference, replaySaved } from "./replay-saved.ts";

interface ReplayOptions {
  readonly root: string;
  readonly settings?: string;
}

const PROGRESS_MS = 1000;

/** `host replay`: fails on the first saved history to which the code now does something else. */
export const replayCommand = task<ReplayOptions>({
  name: "replay",
  summary:
    "Replay saved histories against the app as it is now. Exit code 1 on the first difference.",
  options: [
    new Option("--root <directory>", "the app: where its host.json is").default("."),
    new Option("--settings <file>", "app settings, instead of the app's local.settings.json"),
  ],
  argument: new Argument("[directory]", "saved histories, or one file").default("test/histories"),
  async run({ root, settings, json }, argument = "test/histories") {
    const place = path.resolve(argument);
    const files = findHistories(place);
    // All of them first: a file that cannot be read is found before minutes of replaying.
    const histories = files.map((file) => ({ file, saved: readSavedHistory(file) }));
    const app = await load(path.resolve(root), settings);
    const found = await replayAll(app, path.resolve(root), histories);
    if (found) {
      tellDifference(path.relative(place, found.file) || found.file, found, json);
      return 1;
    }
    tellSuccess(histories, json);
    return 0;
  },
});

interface HistoryOfFile {
  readonly file: string;
  readonly saved: SavedHistory;
}

interface Found extends HistoryOfFile {
  readonly difference: HistoryDifference;
}

async function load(root: string, settings: string | undefined): Promise<FunctionApp> {
  const settingsFile = settings === undefined ? undefined : path.resolve(settings);
  enterRoot(root);
  // The lines of differences are then those that people wrote.
  process.setSourceMapsEnabled(true);
  applySettings(root, process.env, settingsFile);
  // What the app logs belongs to runs that are over.
  const log = { write: () => undefined };
  return loadApp({ root, env: process.env, log, durableClient: "{}" });
}

async function replayAll(
  app: FunctionApp,
  root: string,
  histories: readonly HistoryOfFile[],
): Promise<Found | undefined> {
  let toldAt = Date.now();
  for (const [index, { file, saved }] of histories.entries()) {
    const difference = await replaySaved(app, root, saved);
    if (difference) return { file, saved, difference };
    if (Date.now() - toldAt > PROGRESS_MS) {
      toldAt = Date.now();
      process.stderr.write(`${index + 1} of ${histories.length} histories replayed\n`);
    }
  }
  return undefined;
}

function tellDifference(name: string, { saved, difference }: Found, json: boolean): void {
  const { orchestration, instanceId } = saved;
  const { step, episode, line } = difference;
  if (json) {
    const document = { ok: false, file: name, orchestration, instanceId, ...difference };
    process.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  const { expected, came } = excerpts(difference);
  const place = step === undefined ? "its end" : `step ${step}`;
  const lines = [
    `${name}: orchestration '${orchestration}', instance '${instanceId}', ${place} (episode ${episode})`,
    `  expected: ${expected}`,
    `  came:     ${came}`,
    ...(line === undefined ? [] : [`  at        ${line}`]),
  ];
  process.stderr.write(`${lines.join("\n")}\n`);
}

function tellSuccess(histories: readonly HistoryOfFile[], json: boolean): void {
  const orchestrations = [...new Set(histories.map(({ saved }) => saved.orchestration))].toSorted();
  const replayed = histories.length;
  process.stdout.write(
    json
      ? `${JSON.stringify({ ok: true, replayed, orchestrations })}\n`
      : `${replayed} histories replayed, no difference: ${orchestrations.join(", ")}\n`,
  );
}
