import type { RequestRecord, UnreadableMessage } from "../domain/training-request.ts";

/** A row and the version at which it was read: updates go through only on that version. */
export interface Versioned<Row> {
  readonly row: Row;
  readonly etag: string;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Give it back to read on; `undefined` at the end. */
  readonly next: string | undefined;
}

/** Every request ever accepted: the insert is the dedupe. */
export interface Requests {
  /** @returns `undefined` if it was inserted, or the row that was there before */
  insert(row: RequestRecord): Promise<RequestRecord | undefined>;

  find(pipeline: string, id: string): Promise<Versioned<RequestRecord> | undefined>;

  /** @returns false if the row has changed since it was read */
  update(row: RequestRecord, etag: string): Promise<boolean>;

  /** Newest first. */
  list(pipeline: string | undefined, pageSize: number, next?: string): Promise<Page<RequestRecord>>;

  /** Rows still `received` or `waiting` that were requested before the given moment. */
  stale(before: Date): Promise<RequestRecord[]>;

  /** Keeps a message that could not be read. The same id again changes nothing. */
  keepUnreadable(message: UnreadableMessage): Promise<void>;

  /** Newest first, at most 100. */
  unreadable(): Promise<UnreadableMessage[]>;
}
