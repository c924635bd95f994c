/** A file below `rollforward/runs/<run>/`: manifest, merged dataset, log, answers. */
export interface RunFile {
  readonly run: string;
  readonly name: string;
}

export interface StoredFile {
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** The files of runs, in a container of our own. Each is written once and never changed. */
export interface RunFiles {
  /**
   * Writes a file unless it exists. A second try with other bytes keeps the first.
   *
   * @returns what is stored, be it of this call or of an earlier one
   */
  putOnce(file: RunFile, content: AsyncIterable<Uint8Array> | Uint8Array): Promise<StoredFile>;

  /** Replaces the file: for what grows or is written again, such as the trainer's log. */
  put(file: RunFile, content: Uint8Array): Promise<void>;

  /** @returns the stored file's facts, or `undefined` if there is none */
  find(file: RunFile): Promise<StoredFile | undefined>;

  /** @returns the text, or `undefined` if there is none; at most 4 MB is read */
  readText(file: RunFile): Promise<string | undefined>;

  /** A URL that reads this one file and nothing else, until `expiresAt` (user-delegation SAS). */
  readUrl(file: RunFile, expiresAt: Date): Promise<string>;
}
