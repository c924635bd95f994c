import { Console } from "node:console";
import { Writable } from "node:stream";

import type { Log, LogLevel } from "../log.ts";

/** As the host names what a worker process prints (WorkerConstants.cs). */
const CATEGORY = "Host.Function.Console";

/**
 * Sends what the app prints to the log, line by line, as the runtime does with the output of its worker
 * (WorkerProcess.cs): the process's own output is for what the host has to say.
 */
export function captureConsole(log: Log): void {
  const stdout = lines((line) => log.write("information", CATEGORY, line));
  const captured = new Console({
    stdout,
    stderr: lines((line) => log.write(levelOf(line), CATEGORY, line)),
    // One that throws would take the app's functions with it.
    ignoreErrors: true,
  });
  Object.assign(console, captured);
  process.stdout.write = stdout.write.bind(stdout);
}

/** The runtime cannot see which method printed a line to standard error: it looks for words. */
function levelOf(line: string): LogLevel {
  if (/warn/i.test(line)) return "warning";
  return /error|fail|severe/i.test(line) ? "error" : "information";
}

function lines(take: (line: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    // A console writes whole lines; one call may be several. What else is written is shown as it comes.
    write(chunk: string | Buffer, _encoding, done) {
      for (const line of String(chunk).replace(/\n$/, "").split("\n")) take(line);
      done();
    },
  });
}
