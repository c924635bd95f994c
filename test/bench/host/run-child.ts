import { execFile } from "node:child_process";
import path from "node:path";

/** What a child printed, or why it printed nothing. */
export type ChildResult =
  | { readonly kind: "printed"; readonly text: string }
  | { readonly kind: "over" }
  | { readonly kind: "failed"; readonly reason: string };

export interface ChildOptions {
  readonly limitMs: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs one of `children/` with the Node that runs this. It is killed after `limitMs`. */
export function runChild(
  script: string,
  args: readonly string[],
  { limitMs, env = {} }: ChildOptions,
): Promise<ChildResult> {
  const file = path.join(import.meta.dirname, "children", script);
  const options = {
    timeout: limitMs,
    killSignal: "SIGKILL",
    env: { ...process.env, ...env },
  } as const;
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], options, (error, stdout, stderr) => {
      if (!error) resolve({ kind: "printed", text: stdout });
      else if (error.killed === true) resolve({ kind: "over" });
      else resolve({ kind: "failed", reason: reasonIn(stderr) });
    });
  });
}

/** The line of Node's report that has the error. */
function reasonIn(stderr: string): string {
  const lines = stderr.trim().split("\n");
  return lines.find((line) => /^(\w+: |\w*Error\b)/.test(line)) ?? lines.at(-1) ?? "";
}
