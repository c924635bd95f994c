import { hasEnded, parseRunId, RunRecord } from "../../domain/run.ts";
import { TransientError } from "../../errors.ts";
import type { Versioned } from "../../ports/requests.ts";
import type { Runs } from "../../ports/runs.ts";
import { type Columns, fromColumns, toColumns } from "./columns.ts";
import type { TableConnection } from "./storage-connection.ts";
import { parseStored } from "./storage-errors.ts";
import { collect, descending, type FoundRow, type Key, matching, Table } from "./table.ts";

// Table `runs`: PartitionKey <pipeline>, RowKey <sequence, falling>, so that a partition lists its newest
// run first and a run is one point read by its id.

/** The rows of runs, in Azure Tables. */
export function createTableRuns(connection: TableConnection): Runs {
  const table = new Table(connection, "runs");

  return {
    async insert(row) {
      const key = keyOf(row.pipeline, row.sequence);
      if (await table.write({ key, columns: columnsOf(row) })) return undefined;
      const before = await table.get(key);
      if (!before) {
        throw new TransientError("STORAGE_UNAVAILABLE", `Run ${row.id} is there and is not`);
      }
      return toRun(before).row;
    },

    async find(id) {
      const parsed = parseRunId(id);
      const found = parsed && (await table.get(keyOf(parsed.pipeline, parsed.sequence)));
      return found && toRun(found);
    },

    async update(row, etag) {
      const key = keyOf(row.pipeline, row.sequence);
      return table.write({ key, columns: columnsOf(row), etag });
    },

    async list(pipeline, pageSize, next) {
      const found = await collect(rowsAfter(table, pipeline, next, pageSize + 1));
      const rows = found.slice(0, pageSize).map((row) => toRun(row).row);
      return { rows, next: found.length > pageSize ? rows.at(-1)?.id : undefined };
    },

    async active() {
      const rows = await collect(table.query({ filter: matching`active eq ${true}` }));
      return rows.map((row) => toRun(row).row);
    },

    async highestSequence(pipeline) {
      const [newest] = await collect(table.query({ partition: pipeline, limit: 1 }));
      return newest ? toRun(newest).row.sequence : 0;
    },
  };
}

function keyOf(pipeline: string, sequence: number): Key {
  return { partition: pipeline, row: descending(sequence) };
}

function columnsOf(row: RunRecord): Columns {
  return { ...toColumns(row, `Run ${row.id}`), active: !hasEnded(row.phase) };
}

function toRun({ key, etag, columns }: FoundRow): Versioned<RunRecord> {
  const place = `Run ${key.partition}/${key.row}`;
  return { row: parseStored(RunRecord, fromColumns(columns), place), etag };
}

/** @param next the id of the last run of the page before */
async function* rowsAfter(
  table: Table,
  pipeline: string | undefined,
  next: string | undefined,
  limit: number,
): AsyncIterable<FoundRow> {
  const last = next === undefined ? undefined : parseRunId(next);
  const afterRow = last && descending(last.sequence);
  if (pipeline !== undefined || last === undefined) {
    yield* table.query({ partition: pipeline, afterRow, limit });
    return;
  }

  let left = limit;
  for await (const row of table.query({ partition: last.pipeline, afterRow, limit })) {
    yield row;
    left -= 1;
  }
  if (left > 0) yield* table.query({ afterPartition: last.pipeline, limit: left });
}
