import { createHash } from "node:crypto";

import type { RunFile, RunFiles, StoredFile } from "../../../shared/ports/run-files.ts";

const READ_TEXT_LIMIT = 4 * 1024 * 1024;

export class FakeRunFiles implements RunFiles {
  #files = new Map<string, Buffer>();

  async putOnce(
    file: RunFile,
    content: AsyncIterable<Uint8Array> | Uint8Array,
  ): Promise<StoredFile> {
    const chunks: Uint8Array[] = [];
    if (content instanceof Uint8Array) chunks.push(content);
    else for await (const chunk of content) chunks.push(Buffer.from(chunk));

    const stored = this.#files.get(keyOf(file)) ?? Buffer.concat(chunks);
    this.#files.set(keyOf(file), stored);
    return factsOf(stored);
  }

  async put(file: RunFile, content: Uint8Array): Promise<void> {
    this.#files.set(keyOf(file), Buffer.from(content));
  }

  async find(file: RunFile): Promise<StoredFile | undefined> {
    const stored = this.#files.get(keyOf(file));
    return stored && factsOf(stored);
  }

  async readText(file: RunFile): Promise<string | undefined> {
    return this.#files.get(keyOf(file))?.subarray(0, READ_TEXT_LIMIT).toString("utf8");
  }

  /** A `data:` URL, which `fetch` reads; it cannot expire. */
  async readUrl(file: RunFile, _expiresAt: Date): Promise<string> {
    const content = this.#files.get(keyOf(file))?.toString("base64") ?? "";
    return `data:application/octet-stream;base64,${content}`;
  }
}

function keyOf({ run, name }: RunFile): string {
  return `runs/${run}/${name}`;
}

function factsOf(content: Buffer): StoredFile {
  return { size: content.length, sha256: createHash("sha256").update(content).digest("hex") };
}
