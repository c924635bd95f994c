import type { Page, Versioned } from "../../../shared/ports/requests.ts";

/** Rows with versions, as a table keeps them: what goes in and what comes out are copies. */
export class FakeRows<Row> {
  #rows = new Map<string, Versioned<Row>>();
  #writes = 0;

  insert(key: string, row: Row): Row | undefined {
    const before = this.find(key);
    if (before === undefined) this.#write(key, row);
    return before?.row;
  }

  find(key: string): Versioned<Row> | undefined {
    return structuredClone(this.#rows.get(key));
  }

  update(key: string, row: Row, etag: string): boolean {
    if (this.#rows.get(key)?.etag !== etag) return false;
    this.#write(key, row);
    return true;
  }

  all(): Row[] {
    return [...this.#rows.values()].map(({ row }) => structuredClone(row));
  }

  #write(key: string, row: Row): void {
    this.#writes += 1;
    this.#rows.set(key, { row: structuredClone(row), etag: `"${this.#writes}"` });
  }
}

/** `next` is the number of rows that were read so far. */
export function pageOf<Row>(rows: readonly Row[], pageSize: number, next = "0"): Page<Row> {
  const start = Number(next);
  const end = start + pageSize;
  return { rows: rows.slice(start, end), next: end < rows.length ? String(end) : undefined };
}
