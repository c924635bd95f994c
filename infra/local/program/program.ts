import { type Argument, Command, CommanderError, Option } from "commander";

import { UsageError } from "./usage-error.ts";
import { reasonOf } from "./reason-of.ts";

/** What a program that was started offers: facts for people and programs, and a way to stop it. */
export interface Running {
  /** Printed once it is ready: one JSON document with `--json`, `name: value` lines otherwise. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** Printed after that for people only. */
  readonly notice?: string;
  /** Must leave nothing behind: open connections are closed, files are flushed. */
  stop(): Promise<void>;
}

export interface ProgramSpec<Options> {
  readonly name: string;
  readonly summary: string;
  /** `new Option("--port <number>", "...").default(7071).argParser(portNumber)` */
  readonly options: readonly Option[];
  /** If given, the program is started by this word before the options: `host start --port 7071`. */
  readonly subcommand?: { readonly name: string; readonly summary: string };
  /** Further words, for what does its work and ends: `host replay`. They need `subcommand`. */
  readonly tasks?: readonly Task[];
  start(options: Options): Promise<Running>;
}

export interface TaskSpec<Options> {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly Option[];
  readonly argument?: Argument;
  /** @returns the exit code */
  run(options: Options & { readonly json: boolean }, argument: string | undefined): Promise<number>;
}

/** A task, added to a program. It tells the program what to do once it was the one that was asked for. */
export type Task = (program: Command, choose: (run: () => Promise<number>) => void) => void;

export function task<Options>(spec: TaskSpec<Options>): Task {
  return (program, choose) => {
    const command = program.command(spec.name).description(spec.summary);
    if (spec.argument) command.addArgument(spec.argument);
    for (const option of spec.options) command.addOption(option);
    command.addOption(new Option("--json", "print one JSON document").default(false));
    command.action(() => {
      const argument: unknown = command.processedArgs[0];
      const options = command.opts<Options & { json: boolean }>();
      choose(() => spec.run(options, typeof argument === "string" ? argument : undefined));
    });
  };
}

const EXIT_USAGE = 2;

/** As they are before a program loads what may put its own in their place: an app, say. */
const printText = process.stdout.write.bind(process.stdout);
const exit: (code: number) => never = process.exit.bind(process);

/**
 * Runs a stand-in as a program: options, one ready message on standard output, a clean stop on SIGINT
 * and SIGTERM, and exit codes: 0 after a stop, 2 for wrong use, 1 for everything else.
 */
export async function runProgram<Options>(
  spec: ProgramSpec<Options>,
  argv: readonly string[] = process.argv,
): Promise<void> {
  const program = new Command(spec.name)
    .description(spec.summary)
    .allowExcessArguments(false)
    .exitOverride();
  // A command that is made by its program inherits how errors and exits are handled.
  const command = spec.subcommand
    ? program.command(spec.subcommand.name).description(spec.subcommand.summary).action(ignore)
    : program;
  for (const option of spec.options) command.addOption(option);
  command.addOption(new Option("--json", "print one JSON document when ready").default(false));
  let chosen: (() => Promise<number>) | undefined;
  for (const addTask of spec.tasks ?? []) addTask(program, (run) => (chosen = run));

  try {
    program.parse(argv);
    if (chosen) {
      await runTask(spec.name, chosen);
      return;
    }
    const options = command.opts<Options & { json: boolean }>();
    const running = await spec.start(options);
    stopOnSignal(spec.name, running);
    print(running, options.json);
  } catch (error) {
    // What was begun may have timers and connections that would keep the process for ever.
    exit(report(spec.name, error));
  }
}

/** Ends the process itself: what a task has loaded may keep timers and connections that nobody needs now. */
async function runTask(name: string, run: () => Promise<number>): Promise<never> {
  try {
    exit(await run());
  } catch (error) {
    exit(report(name, error));
  }
}

/** The options are read after parsing; without an action, Commander would take the command for a program of its own. */
function ignore(): void {
  // Nothing to do.
}

/** For `argParser`: a TCP port; 0 lets the system choose. */
export function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(`'${text}' is not a port: use a number from 0 to 65535.`);
  }
  return port;
}

function stopOnSignal(name: string, running: Running): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    running.stop().then(
      () => exit(0),
      (error: unknown) => exit(report(name, error)),
    );
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

function print({ ready, notice }: Running, json: boolean): void {
  if (json) {
    printText(`${JSON.stringify(ready)}\n`);
    return;
  }
  for (const [key, value] of Object.entries(ready)) {
    printText(`${key}: ${typeof value === "string" ? value : JSON.stringify(value)}\n`);
  }
  if (notice !== undefined) printText(`${notice}\n`);
}

/** @returns the exit code */
function report(name: string, error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has already said what is wrong, or printed the help that was asked for.
    return error.exitCode === 0 ? 0 : EXIT_USAGE;
  }
  const message = reasonOf(error);
  process.stderr.write(`${name}: ${message}\n`);
  return error instanceof UsageError ? EXIT_USAGE : 1;
}
