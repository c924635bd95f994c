import { Command, CommanderError } from "commander";

import packageJson from "../package.json" with { type: "json" };
import { pipelineName, question, runName, versionNumber, blobName, limit } from "./arguments.ts";
import { type CommandContext, createContext, type World } from "./commands/command-context.ts";
import { applyPipeline, ask, listPipelines } from "./commands/pipeline-commands.ts";
import {
  cancelRun,
  listRequests,
  type ListOptions,
  listRuns,
  showRun,
  watchRun,
} from "./commands/run-commands.ts";
import { upload } from "./commands/upload-command.ts";
import { listVersions, showVersion } from "./commands/version-commands.ts";
import { CommandError, Interrupted, UsageError } from "./errors.ts";
import { createOutput, type Output } from "./output.ts";

const EXIT_USAGE = 2;

const MORE_HELP = `
Exit codes: 0 success, 2 wrong use, 1 anything else.

The app is the one of --url or ROLLFORWARD_URL, otherwise the local stack of this folder.
Its key is read from ROLLFORWARD_KEY; the local stack's is found by itself.`;

interface CommonOptions {
  readonly url?: string;
  readonly json?: boolean;
}

/** Makes the context when a command is known: what is wrong with the use is said first. */
type Context = () => CommandContext;

/**
 * Runs one command.
 *
 * @param words - what stands behind `rollforward`
 * @returns the exit code
 */
export async function runCommandLine(words: readonly string[], world: World): Promise<number> {
  const program = createProgram(world);
  let made: Output | undefined;
  const output = (): Output => {
    const { json = false } = program.opts<CommonOptions>();
    made ??= createOutput({ ...world, json });
    return made;
  };
  const context: Context = () => createContext(world, output(), program.opts<CommonOptions>().url);
  addPipelineCommands(program, context);
  addRunCommands(program, context);
  addVersionCommands(program, context);

  try {
    await program.parseAsync(words, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return reportUse(error, words, world);
    return report(error, output(), world.signal);
  }
}

function createProgram({ out, err }: World): Command {
  return new Command("rollforward")
    .description("Drop a dataset in Blob Storage, and the model tuned on it is what answers next.")
    .version(packageJson.version)
    .option("--url <url>", "the app")
    .option("--json", "one JSON document on standard output, or one per line where it follows")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => out.write(text), writeErr: (text) => err.write(text) })
    .addHelpText("after", MORE_HELP)
    .showHelpAfterError("(add --help to see how it is used)")
    .exitOverride();
}

function addPipelineCommands(program: Command, context: Context): void {
  program
    .command("apply")
    .description("create or change a pipeline")
    .requiredOption("-f, --file <file>", "the pipeline's YAML document; - is standard input")
    .addHelpText("after", examples("rollforward apply -f pipeline.yaml"))
    .action((options: { file: string }) => applyPipeline(context(), options));

  program
    .command("pipelines")
    .description("list pipelines")
    .addHelpText("after", examples("rollforward pipelines --json"))
    .action(() => listPipelines(context()));

  program
    .command("upload")
    .description("drop a dataset and follow the run that it makes")
    .argument("<pipeline>", "its name", pipelineName)
    .argument("<file>", "the dataset on this machine")
    .option("--name <name>", "name below the pipeline's prefix (default: the file's own)", blobName)
    .option("--no-wait", "do not wait for the run")
    .addHelpText(
      "after",
      examples(
        "rollforward upload support ./tickets.jsonl",
        "rollforward upload support ./tickets.jsonl --name 2026/may.jsonl --no-wait",
      ),
    )
    .action((pipeline: string, file: string, options: { name?: string; wait: boolean }) =>
      upload(context(), { pipeline, file, ...options }),
    );

  program
    .command("ask")
    .description("ask the model that serves")
    .argument("<pipeline>", "its name", pipelineName)
    .argument("<question>", "in quotes", question)
    .option("--base", "ask the model below the adapter")
    .addHelpText("after", examples('rollforward ask support "How do I scale a node pool?"'))
    .action((pipeline: string, text: string, options: { base?: boolean }) =>
      ask(context(), { pipeline, question: text, base: options.base ?? false }),
    );
}

function addRunCommands(program: Command, context: Context): void {
  addList(program, "runs", "list runs, newest first").action((options: ListOptions) =>
    listRuns(context(), options),
  );

  program
    .command("run")
    .description("show one run")
    .argument("<run>", "its id, such as support-7", runName)
    .option("-w, --watch", "follow it to its end; exit code 1 if it does not succeed")
    .addHelpText("after", examples("rollforward run support-7 --watch"))
    .action((run: string, { watch = false }: { watch?: boolean }) =>
      watch ? watchRun(context(), { run }) : showRun(context(), { run }),
    );

  program
    .command("cancel")
    .description("ask a run to stop, and wait until it has cleaned up")
    .argument("<run>", "its id, such as support-7", runName)
    .option("--no-wait", "do not wait for its end")
    .addHelpText("after", examples("rollforward cancel support-7"))
    .action((run: string, options: { wait: boolean }) => cancelRun(context(), { run, ...options }));

  addList(program, "requests", "list training requests and what became of them").action(
    (options: ListOptions) => listRequests(context(), options),
  );
}

function addList(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option("-p, --pipeline <name>", "only of this pipeline", pipelineName)
    .option("--limit <number>", "at most so many", limit, 20)
    .option("--next <token>", "go on where an earlier list said that there is more")
    .addHelpText("after", examples(`rollforward ${name} --pipeline support --limit 5`));
}

function addVersionCommands(program: Command, context: Context): void {
  program
    .command("versions")
    .description("list adapter versions, newest first")
    .argument("<pipeline>", "its name", pipelineName)
    .addHelpText("after", examples("rollforward versions support"))
    .action((pipeline: string) => listVersions(context(), { pipeline }));

  program
    .command("version")
    .description("show what made a version, down to the blobs")
    .argument("<pipeline>", "its name", pipelineName)
    .argument("<number>", "such as 3 or v3", versionNumber)
    .addHelpText("after", examples("rollforward version support 3"))
    .action((pipeline: string, version: string) => showVersion(context(), { pipeline, version }));
}

function examples(...lines: string[]): string {
  return ["", "Examples:", ...lines.map((line) => `  ${line}`)].join("\n");
}

/**
 * Commander has told people. A program that asks for JSON gets JSON, whatever could be read of its words.
 *
 * @returns the exit code
 */
function reportUse(
  { exitCode, code, message: said }: CommanderError,
  words: readonly string[],
  world: World,
): number {
  if (exitCode === 0) return 0;
  if (words.includes("--json")) {
    const message =
      code === "commander.help" ? "A command is missing" : said.replace(/^error: /, "");
    createOutput({ ...world, json: true }).result({ error: { code: "INVALID", message } }, "");
  }
  return EXIT_USAGE;
}

/** @returns the exit code */
function report(error: unknown, output: Output, signal: AbortSignal): number {
  if (signal.aborted && signal.reason instanceof Interrupted) {
    output.endProgress();
    return signal.reason.exitCode;
  }
  const { message, code, details } = particularsOf(error);
  output.note([`rollforward: ${message}`, ...details.map((line) => `  ${line}`)].join("\n"));
  if (output.json && code !== undefined) {
    output.result({ error: { code, message, ...(details.length > 0 && { details }) } }, "");
  }
  return error instanceof UsageError ? EXIT_USAGE : 1;
}

function particularsOf(error: unknown): Pick<CommandError, "message" | "code" | "details"> {
  if (error instanceof UsageError || error instanceof CommandError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return { message, code: "INTERNAL", details: [] };
}
