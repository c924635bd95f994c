import { Command, CommanderError, InvalidArgumentError } from "commander";

import packageJson from "../package.json" with { type: "json" };
import {
  type CommandContext,
  type CommonOptions,
  createContext,
} from "./commands/command-context.ts";
import { applyPipeline, ask, listPipelines } from "./commands/pipeline-commands.ts";
import { cancelRun, listRequests, listRuns, showRun, watchRun } from "./commands/run-commands.ts";
import { upload } from "./commands/upload-command.ts";
import { listVersions, showVersion } from "./commands/version-commands.ts";
import { CommandError, UsageError } from "./errors.ts";

const EXIT_USAGE = 2;

const program = new Command("rollforward")
  .description("Drop a dataset in Blob Storage, and the model tuned on it is what answers next.")
  .version(packageJson.version)
  .option("--url <url>", "the app (default: ROLLFORWARD_URL, or the local stack of this folder)")
  .option("--json", "one JSON document on standard output, or one per line")
  .addHelpText(
    "after",
    "\nThe app's key is read from ROLLFORWARD_KEY; the local stack's is found by itself.",
  )
  .showHelpAfterError("(rollforward --help shows all commands)")
  .exitOverride();

/** Options stand before or after the command's name: both read as one. */
function context(self: Command): CommandContext {
  return createContext(self.optsWithGlobals<CommonOptions>());
}

function command(usage: string, description: string): Command {
  return program
    .command(usage)
    .description(description)
    .option("--url <url>", "the app")
    .option("--json", "print JSON");
}

function count(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 200) {
    throw new InvalidArgumentError("It must be a number from 1 to 200.");
  }
  return limit;
}

command("apply", "create or change a pipeline")
  .requiredOption("-f, --file <file>", "the pipeline's YAML document")
  .action((options: { file: string }, self: Command) => applyPipeline(context(self), options));

command("pipelines", "list pipelines").action((_options, self: Command) =>
  listPipelines(context(self)),
);

command("upload <pipeline> <file>", "drop a dataset and follow the run that it makes")
  .option("--name <name>", "name below the pipeline's prefix (default: the file's own)")
  .option("--no-wait", "do not wait for the run")
  .action(
    (pipeline: string, file: string, options: { name?: string; wait: boolean }, self: Command) =>
      upload(context(self), { pipeline, file, ...options }),
  );

command("runs", "list runs, newest first")
  .option("-p, --pipeline <name>", "only of this pipeline")
  .option("--limit <number>", "at most so many", count, 20)
  .action((options: { pipeline?: string; limit: number }, self: Command) =>
    listRuns(context(self), options),
  );

command("run <id>", "show one run")
  .option("-w, --watch", "follow it to its end; exit code 1 if it does not succeed")
  .action((run: string, options: { watch?: boolean }, self: Command) =>
    options.watch ? watchRun(context(self), { run }) : showRun(context(self), { run }),
  );

command("requests", "list training requests and what became of them")
  .option("-p, --pipeline <name>", "only of this pipeline")
  .option("--limit <number>", "at most so many", count, 20)
  .action((options: { pipeline?: string; limit: number }, self: Command) =>
    listRequests(context(self), options),
  );

command("versions <pipeline>", "list adapter versions").action(
  (pipeline: string, _options, self: Command) => listVersions(context(self), { pipeline }),
);

command("version <pipeline> <number>", "show what made a version, down to the blobs").action(
  (pipeline: string, version: string, _options, self: Command) =>
    showVersion(context(self), { pipeline, version }),
);

command("ask <pipeline> <question>", "ask the model that serves")
  .option("--base", "ask the model below the adapter")
  .action((pipeline: string, question: string, options: { base?: boolean }, self: Command) =>
    ask(context(self), { pipeline, question, base: options.base ?? false }),
  );

command("cancel <run>", "ask a run to stop, and wait until it has cleaned up")
  .option("--no-wait", "do not wait for its end")
  .action((run: string, options: { wait: boolean }, self: Command) =>
    cancelRun(context(self), { run, wait: options.wait }),
  );

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** @returns the exit code */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof UsageError) {
    process.stderr.write(`rollforward: ${error.message}\n`);
    return EXIT_USAGE;
  }
  const message = error instanceof Error ? error.message : String(error);
  const details = error instanceof CommandError ? error.details : [];
  process.stderr.write(`${[`rollforward: ${message}`, ...details].join("\n  ")}\n`);
  return 1;
}
