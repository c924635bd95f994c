import process from "node:process";

import { runCommandLine } from "./command-line.ts";
import { codeOf, Interrupted } from "./errors.ts";
import { PACE } from "./patience.ts";

// What shells call an end by a signal: 128 and its number.
const EXIT_INTERRUPTED = 130;
const EXIT_TERMINATED = 143;
const EXIT_BROKEN_PIPE = 141;

const interrupt = new AbortController();
// Once: the second Ctrl-C ends the process at once, as ever.
process.once("SIGINT", () => interrupt.abort(new Interrupted(EXIT_INTERRUPTED)));
process.once("SIGTERM", () => interrupt.abort(new Interrupted(EXIT_TERMINATED)));

process.stdout.on("error", (error) => {
  // Whoever reads has had enough, as `head` does: there is nobody left to tell anything.
  process.exit(codeOf(error) === "EPIPE" ? EXIT_BROKEN_PIPE : 1);
});
process.stderr.on("error", () => {
  // Words that nobody reads are no reason to stop.
});

process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  directory: process.cwd(),
  input: process.stdin,
  out: process.stdout,
  err: process.stderr,
  signal: interrupt.signal,
  pace: PACE,
});
