import type { RequestRecord, UnreadableMessage } from "../../../shared/domain/training-request.ts";
import type { Page, Requests, Versioned } from "../../../shared/ports/requests.ts";
import { FakeRows, pageOf } from "./fake-rows.ts";

const UNREADABLE_LISTED = 100;

export class FakeRequests implements Requests {
  #rows = new FakeRows<RequestRecord>();
  #unreadable = new FakeRows<UnreadableMessage>();

  async insert(row: RequestRecord): Promise<RequestRecord | undefined> {
    return this.#rows.insert(keyOf(row.pipeline, row.id), row);
  }

  async find(pipeline: string, id: string): Promise<Versioned<RequestRecord> | undefined> {
    return this.#rows.find(keyOf(pipeline, id));
  }

  async update(row: RequestRecord, etag: string): Promise<boolean> {
    return this.#rows.update(keyOf(row.pipeline, row.id), row, etag);
  }

  async list(
    pipeline: string | undefined,
    pageSize: number,
    next?: string,
  ): Promise<Page<RequestRecord>> {
    const rows = this.#rows
      .all()
      .filter((row) => pipeline === undefined || row.pipeline === pipeline)
      .toSorted((a, b) => Date.parse(b.requestedAt) - Date.parse(a.requestedAt));
    return pageOf(rows, pageSize, next);
  }

  async stale(before: Date): Promise<RequestRecord[]> {
    const old = this.#rows.all().filter((row) => new Date(row.requestedAt) < before);
    return ["received", "waiting"].flatMap((state) => old.filter((row) => row.state === state));
  }

  async keepUnreadable(message: UnreadableMessage): Promise<void> {
    this.#unreadable.insert(message.id, message);
  }

  async unreadable(): Promise<UnreadableMessage[]> {
    return this.#unreadable
      .all()
      .toSorted((a, b) => Date.parse(b.receivedAt) - Date.parse(a.receivedAt))
      .slice(0, UNREADABLE_LISTED);
  }
}

function keyOf(pipeline: string, id: string): string {
  return `${pipeline}/${id}`;
}
