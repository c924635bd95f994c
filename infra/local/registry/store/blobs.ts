import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { type FileHandle, open, readdir } from "node:fs/promises";
import path from "node:path";
import type { DatabaseSync } from "node:sqlite";

import { z } from "zod";

import { syncDirectory } from "./sync-directory.ts";

const BlobRow = z.object({ size: z.number() });
const DigestRow = z.object({ digest: z.string() });

/**
 * Blobs: one file per digest, shared by all repositories that have it, and removed with the last of them.
 *
 * The file and the note of who has it change within one tick, so that a delete cannot take away the
 * file of a push that has just finished.
 */
export class Blobs {
  readonly #database: DatabaseSync;
  readonly #directory: string;

  constructor(database: DatabaseSync, directory: string) {
    this.#database = database;
    this.#directory = directory;
  }

  /** @returns `undefined` if this repository does not have it, whoever else does */
  size(repository: string, digest: string): number | undefined {
    const row = this.#database
      .prepare("SELECT size FROM blobs WHERE repository = ? AND digest = ?")
      .get(repository, digest);
    return row && BlobRow.parse(row).size;
  }

  async open(digest: string): Promise<FileHandle> {
    return open(this.#fileOf(digest), "r");
  }

  /** Makes a verified file, already flushed, a blob of the repository; the file is moved. */
  adopt(repository: string, { digest, file, size }: VerifiedFile): void {
    const target = this.#fileOf(digest);
    if (existsSync(target)) {
      rmSync(file);
    } else {
      mkdirSync(path.dirname(target), { recursive: true });
      renameSync(file, target);
      syncDirectory(path.dirname(target));
    }
    this.#note(repository, digest, size);
  }

  /** @returns false if `from` does not have it */
  mount(repository: string, digest: string, from: string): boolean {
    const size = this.size(from, digest);
    if (size === undefined) return false;
    this.#note(repository, digest, size);
    return true;
  }

  /** @returns false if the repository did not have it */
  remove(repository: string, digest: string): boolean {
    const { changes } = this.#database
      .prepare("DELETE FROM blobs WHERE repository = ? AND digest = ?")
      .run(repository, digest);
    if (Number(changes) === 0) return false;
    if (!this.#isHeld(digest)) rmSync(this.#fileOf(digest), { force: true });
    return true;
  }

  removeAll(repository: string): void {
    const rows = this.#database
      .prepare("SELECT digest FROM blobs WHERE repository = ?")
      .all(repository);
    for (const row of rows) this.remove(repository, DigestRow.parse(row).digest);
  }

  /** Removes files that nobody has: the process was killed between moving one and noting it. */
  async sweep(): Promise<void> {
    if (!existsSync(this.#directory)) return;
    for (const name of await readdir(this.#directory, { recursive: true })) {
      const [algorithm = "", , hex] = name.split(path.sep);
      const isUnheld = hex !== undefined && !this.#isHeld(`${algorithm}:${hex}`);
      if (isUnheld) rmSync(path.join(this.#directory, name));
    }
  }

  #isHeld(digest: string): boolean {
    return this.#database.prepare("SELECT 1 FROM blobs WHERE digest = ?").get(digest) !== undefined;
  }

  #note(repository: string, digest: string, size: number): void {
    this.#database
      .prepare("INSERT INTO blobs VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
      .run(repository, digest, size);
  }

  /** `digest` has passed the grammar of digests: it can name nothing outside of the directory. */
  #fileOf(digest: string): string {
    const [algorithm = "", hex = ""] = digest.split(":");
    return path.join(this.#directory, algorithm, hex.slice(0, 2), hex);
  }
}

/** A file whose content has the digest. */
export interface VerifiedFile {
  readonly digest: string;
  readonly file: string;
  readonly size: number;
}
