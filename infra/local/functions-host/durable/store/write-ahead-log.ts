import { type FileHandle, open } from "node:fs/promises";

/** Brings SQLite's write-ahead log to disk without stopping this thread; many callers share one wait. */
export class WriteAheadLog {
  readonly #file: string;
  #handle: Promise<FileHandle> | undefined;
  /** The wait that runs, and the one that begins after it: only that covers what is committed meanwhile. */
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #isClosed = false;

  constructor(file: string) {
    this.#file = file;
  }

  flush(): Promise<void> {
    if (!this.#running) return this.#begin();
    this.#next ??= this.#running.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  /** SQLite brings everything to disk itself when it closes the database. */
  close(): void {
    this.#isClosed = true;
    // One that was still being opened may have found no file any more: there is nothing to close then.
    this.#handle?.then((handle) => handle.close()).catch(() => undefined);
    this.#handle = undefined;
  }

  async #begin(): Promise<void> {
    this.#next = undefined;
    // The file is gone with the database.
    if (this.#isClosed) return;
    // SQLite keeps using one file until the database is closed.
    this.#handle ??= open(this.#file, "r");
    this.#running = this.#handle.then((handle) => handle.datasync());
    try {
      await this.#running;
    } catch (error) {
      this.#handle = undefined;
      if (!this.#isClosed) throw error;
    } finally {
      this.#running = undefined;
    }
  }
}
