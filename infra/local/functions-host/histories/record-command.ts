import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

import { Option } from "commander";

import { task } from "../../program/program.ts";
import { UsageError } from "../../program/usage-error.ts";
import { formatSavedHistory } from "./history-file.ts";
import { fileNameOf } from "./history-files.ts";
import { readTaskHub } from "./read-task-hub.ts";

interface RecordOptions {
  readonly data: string;
  readonly out: string;
  readonly instance: readonly string[];
  readonly orchestration?: string;
}

/** `host record`: saves what is in a data directory for `replay`. */
export const recordCommand = task<RecordOptions>({
  name: "record",
  summary:
    "Save the current execution of each instance in a host's data directory for 'replay', one file each. They hold the inputs and outputs of everything that ran: look for secrets before you share them.",
  options: [
    new Option(
      "--data <directory>",
      "the host's data directory; it may be running",
    ).makeOptionMandatory(),
    new Option(
      "--out <directory>",
      "where to write; files of the same instances are replaced",
    ).makeOptionMandatory(),
    new Option("--instance <id>", "only this one; may be repeated")
      .default([])
      .argParser((id: string, ids: readonly string[]) => [...ids, id]),
    new Option("--orchestration <name>", "only instances of this orchestration"),
  ],
  async run({ data, out, instance: instances, orchestration, json }) {
    const saved = readTaskHub(path.resolve(data), { instances, orchestration });
    const found = new Set(saved.map(({ instanceId }) => instanceId));
    const missing = instances.filter((id) => !found.has(id));
    if (missing.length > 0) throw new UsageError(`There is no history of ${missing.join(", ")}.`);
    if (saved.length === 0) throw new UsageError("There is no history to record.");

    mkdirSync(path.resolve(out), { recursive: true });
    const files = saved.map((history) => {
      const name = fileNameOf(history);
      writeFileSync(path.resolve(out, name), formatSavedHistory(history));
      return name;
    });
    process.stdout.write(
      json ? `${JSON.stringify({ recorded: files })}\n` : `${files.join("\n")}\n`,
    );
    return 0;
  },
});
