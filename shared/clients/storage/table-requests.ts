import { createHash } from "node:crypto";

import {
  RequestRecord,
  type RequestState,
  UnreadableMessage,
} from "../../domain/training-request.ts";
import { TransientError } from "../../errors.ts";
import type { Requests, Versioned } from "../../ports/requests.ts";
import { type Columns, fromColumns, toColumns } from "./columns.ts";
import type { TableConnection } from "./storage-connection.ts";
import { parseStored } from "./storage-errors.ts";
import {
  collect,
  descending,
  type FoundRow,
  type Key,
  matching,
  Table,
  type Write,
} from "./table.ts";

// Table `requests`. Two rows for each request, written in one transaction:
//
//   PartitionKey  RowKey                    holds
//   <pipeline>    id-<id>                   the request; all that ever changes
//   <pipeline>    at-<time, falling>-<id>   the id: what lists in order of time; never changes
//   ~unreadable   id-<sha256>, at-...       the same for messages that could not be read
const UNREADABLE = "~unreadable";
const UNREADABLE_LISTED = 100;

/** Every request ever accepted, in Azure Tables. */
export function createTableRequests(connection: TableConnection): Requests {
  const table = new Table(connection, "requests");

  return {
    async insert(row) {
      const key = keyOf(row.pipeline, row.id);
      if (await table.write({ key, columns: columnsOf(row) }, orderRow(row))) return undefined;
      const before = await table.get(key);
      if (!before) {
        throw new TransientError("STORAGE_UNAVAILABLE", `Request ${row.id} is there and is not`);
      }
      return toRequest(before).row;
    },

    async find(pipeline, id) {
      const found = await table.get(keyOf(pipeline, id));
      return found && toRequest(found);
    },

    async update(row, etag) {
      return table.write({ key: keyOf(row.pipeline, row.id), columns: columnsOf(row), etag });
    },

    async list(pipeline, pageSize, next) {
      const ordered = await newest(table, pipeline, pageSize + 1, next);
      const listed = ordered.slice(0, pageSize);
      const rows = await Promise.all(listed.map(async (row) => table.get(subjectOf(row))));
      return {
        rows: rows.flatMap((row) => (row ? [toRequest(row).row] : [])),
        next: ordered.length > pageSize ? cursorOf(listed.at(-1)) : undefined,
      };
    },

    async stale(before) {
      const filters = (["received", "waiting"] satisfies RequestState[]).map(
        (state) => matching`state eq ${state} and requestedTime lt ${before}`,
      );
      const found = await Promise.all(filters.map((filter) => collect(table.query({ filter }))));
      return found.flat().map((row) => toRequest(row).row);
    },

    async keepUnreadable(message) {
      const id = createHash("sha256").update(message.id).digest("hex");
      const place = `Unreadable message ${message.id}`;
      await table.write(
        { key: { partition: UNREADABLE, row: `id-${id}` }, columns: {} },
        {
          key: { partition: UNREADABLE, row: orderKey(message.receivedAt, id) },
          columns: toColumns(message, place),
        },
      );
    },

    async unreadable() {
      const query = { partition: UNREADABLE, rowPrefix: "at-", limit: UNREADABLE_LISTED };
      const rows = await collect(table.query(query));
      return rows.map(({ key, columns }) =>
        parseStored(UnreadableMessage, fromColumns(columns), `Unreadable message ${key.row}`),
      );
    },
  };
}

function keyOf(pipeline: string, id: string): Key {
  return { partition: pipeline, row: `id-${id}` };
}

function orderKey(at: string, id: string): string {
  return `at-${descending(Date.parse(at))}-${id}`;
}

function orderRow({ pipeline, id, requestedAt }: RequestRecord): Write {
  return { key: { partition: pipeline, row: orderKey(requestedAt, id) }, columns: {} };
}

/** The row that a row of the order stands for. */
function subjectOf({ key }: FoundRow): Key {
  return keyOf(key.partition, key.row.slice(key.row.lastIndexOf("-") + 1));
}

function columnsOf(row: RequestRecord): Columns {
  const columns = toColumns(row, `Request ${row.id}`);
  // As a time: as texts, `...:00Z` would come after `...:00.500Z`.
  return { ...columns, requestedTime: new Date(row.requestedAt) };
}

function toRequest({ key, etag, columns }: FoundRow): Versioned<RequestRecord> {
  const place = `Request ${key.partition}/${key.row}`;
  return { row: parseStored(RequestRecord, fromColumns(columns), place), etag };
}

/** Rows of the order, newest first, over one pipeline or all: each gives its newest, which are merged. */
async function newest(
  table: Table,
  pipeline: string | undefined,
  limit: number,
  next: string | undefined,
): Promise<FoundRow[]> {
  const [row, partition = ""] = next?.split("/") ?? [];
  const pipelines = pipeline === undefined ? await pipelinesOf(table) : [pipeline];
  const heads = await Promise.all(
    pipelines.map(async (one) => {
      // One event may be a request of two pipelines, with the same time and id.
      const start = one > partition ? { fromRow: row } : { afterRow: row };
      return collect(table.query({ partition: one, rowPrefix: "at-", ...start, limit }));
    }),
  );
  return heads.flat().toSorted(byOrder).slice(0, limit);
}

/** Jumps from partition to partition: as many small queries as there are pipelines. */
async function pipelinesOf(table: Table): Promise<string[]> {
  const pipelines: string[] = [];
  for (;;) {
    const [first] = await collect(
      table.query({ afterPartition: pipelines.at(-1) ?? "", limit: 1 }),
    );
    if (!first || first.key.partition === UNREADABLE) return pipelines;
    pipelines.push(first.key.partition);
  }
}

function byOrder({ key: a }: FoundRow, { key: b }: FoundRow): number {
  if (a.row !== b.row) return a.row < b.row ? -1 : 1;
  return a.partition < b.partition ? -1 : 1;
}

function cursorOf(row: FoundRow | undefined): string | undefined {
  return row && `${row.key.row}/${row.key.partition}`;
}
