import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * How a process ended, when its last words have been read; to be asked for before it can end.
 *
 * Not by the event `close`: it never comes when the channel to the process was closed from this side.
 */
export async function endOf(child: ChildProcess): Promise<ProcessEnd> {
  const closed = Promise.all([closeOf(child.stdout), closeOf(child.stderr)]);
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once("exit", (code, signal) => void closed.then(() => resolve({ code, signal })));
    // It could not be started at all: there is nothing to close then.
    child.once("error", () => resolve({ code: null, signal: null }));
  });
  return ended;
}

async function closeOf(output: Readable | null): Promise<void> {
  if (output) await new Promise<void>((resolve) => output.once("close", resolve));
}
