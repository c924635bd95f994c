import type { RunRecord } from "../domain/run.ts";
import type { Page, Versioned } from "./requests.ts";

/** The rows of runs: the fence that tells a zombie that its run has ended, and what lists show. */
export interface Runs {
  /** @returns `undefined` if it was inserted, or the row that was there before */
  insert(row: RunRecord): Promise<RunRecord | undefined>;

  find(id: string): Promise<Versioned<RunRecord> | undefined>;

  /** @returns false if the row has changed since it was read */
  update(row: RunRecord, etag: string): Promise<boolean>;

  /** Newest first within a pipeline. */
  list(pipeline: string | undefined, pageSize: number, next?: string): Promise<Page<RunRecord>>;

  /** Every run that has not ended. */
  active(): Promise<RunRecord[]>;

  /** The highest sequence used for the pipeline, 0 if none: the entity must not start again at 1. */
  highestSequence(pipeline: string): Promise<number>;
}
