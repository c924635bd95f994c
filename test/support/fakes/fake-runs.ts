import { hasEnded, type RunRecord } from "../../../shared/domain/run.ts";
import type { Page, Versioned } from "../../../shared/ports/requests.ts";
import type { Runs } from "../../../shared/ports/runs.ts";
import { FakeRows, pageOf } from "./fake-rows.ts";

export class FakeRuns implements Runs {
  #rows = new FakeRows<RunRecord>();

  async insert(row: RunRecord): Promise<RunRecord | undefined> {
    return this.#rows.insert(row.id, row);
  }

  async find(id: string): Promise<Versioned<RunRecord> | undefined> {
    return this.#rows.find(id);
  }

  async update(row: RunRecord, etag: string): Promise<boolean> {
    return this.#rows.update(row.id, row, etag);
  }

  async list(
    pipeline: string | undefined,
    pageSize: number,
    next?: string,
  ): Promise<Page<RunRecord>> {
    const rows = this.#rows
      .all()
      .filter((row) => pipeline === undefined || row.pipeline === pipeline)
      .toSorted((a, b) => compare(a.pipeline, b.pipeline) || b.sequence - a.sequence);
    return pageOf(rows, pageSize, next);
  }

  async active(): Promise<RunRecord[]> {
    return this.#rows.all().filter((row) => !hasEnded(row.phase));
  }

  async highestSequence(pipeline: string): Promise<number> {
    const own = this.#rows.all().filter((row) => row.pipeline === pipeline);
    return Math.max(0, ...own.map((row) => row.sequence));
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
