import { tmpdir } from "node:os";
import { Readable } from "node:stream";

import { runCommandLine } from "../../../../cli/command-line.ts";
import type { World } from "../../../../cli/commands/command-context.ts";

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Collects what a command writes. */
export class Page {
  readonly isTTY: boolean;
  text = "";
  #onText: ((text: string) => void) | undefined;

  constructor({ isTTY = false }: { isTTY?: boolean } = {}) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
    this.#onText?.(this.text);
  }

  /** Settles when this has been written. */
  async saw(part: string): Promise<void> {
    if (this.text.includes(part)) return;
    await new Promise<void>((resolve) => {
      this.#onText = (text) => {
        if (text.includes(part)) resolve();
      };
    });
  }
}

interface Given extends Partial<Omit<World, "out" | "err" | "input">> {
  readonly url?: string;
  /** The text of standard input, or a stream that the test holds. */
  readonly input?: string | Readable;
  readonly err?: Page;
}

/** Runs a command in this process, as `cli/rollforward.ts` does in its own. */
export async function rollforward(words: readonly string[], given: Given = {}): Promise<Ended> {
  const { url, input = "", err = new Page(), env, ...world } = given;
  const out = new Page();
  const code = await runCommandLine(words, {
    directory: tmpdir(),
    signal: new AbortController().signal,
    pace: { pollMs: 5, patienceMs: 10_000, slowMs: 10_000 },
    ...world,
    env: { ...env, ...(url !== undefined && { ROLLFORWARD_URL: url }) },
    input: typeof input === "string" ? Readable.from([input]) : input,
    out,
    err,
  });
  return { code, stdout: out.text, stderr: err.text };
}
