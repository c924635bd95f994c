import {
  odata,
  TableClient,
  type TableEntityResult,
  type TransactionAction,
} from "@azure/data-tables";

import type { Columns } from "./columns.ts";
import { once, type TableConnection, tlsOptions } from "./storage-connection.ts";
import { absentOr, failed, isAbsent, isConflict, storageError } from "./storage-errors.ts";

/** Short: an activity is tried again by the engine, which can wait much longer. */
const RETRIES = { maxRetries: 2, retryDelayInMs: 500, maxRetryDelayInMs: 4_000 };

/** What the service gives at most in one answer. */
const PAGE_LIMIT = 1_000;

/** Characters that the service does not allow in keys. */
const NO_KEY = /[/\\#?\p{Cc}]/u;

export interface Key {
  readonly partition: string;
  readonly row: string;
}

export interface FoundRow {
  readonly key: Key;
  readonly etag: string;
  readonly columns: Readonly<Record<string, unknown>>;
}

/** One step of a transaction: a new row, or a new content for the row at this version. */
export interface Write {
  readonly key: Key;
  readonly columns: Columns;
  readonly etag?: string | undefined;
}

/**
 * Which rows: all of the table, unless it is narrowed down.
 *
 * There is no "or" on purpose: it makes the service scan the whole table.
 */
export interface Query {
  readonly partition?: string | undefined;
  readonly afterPartition?: string | undefined;
  readonly rowPrefix?: string | undefined;
  readonly fromRow?: string | undefined;
  readonly afterRow?: string | undefined;
  readonly filter?: string | undefined;
  readonly limit?: number | undefined;
}

/** One table, in the few operations that the records need. */
export class Table {
  readonly #client: TableClient;
  readonly #ensure: () => Promise<void>;

  constructor(connection: TableConnection, name: string) {
    this.#client = new TableClient(connection.tableServiceUrl, name, connection.credential, {
      retryOptions: RETRIES,
      ...tlsOptions(connection),
    });
    this.#ensure = once(async () => {
      await this.#client.createTable().catch(failed(`Creating table ${name}`));
    });
  }

  async get(key: Key): Promise<FoundRow | undefined> {
    // A name from outside may be no key at all, so there is no such row; the service would answer 400.
    if (NO_KEY.test(key.partition) || NO_KEY.test(key.row)) return undefined;
    const found = await this.#client
      .getEntity(key.partition, key.row)
      .catch(absentOr(`Reading ${this.#place(key)}`));
    return found && toFoundRow(found);
  }

  /**
   * Writes all of it or nothing; all rows are of one partition.
   *
   * @returns false if a new row exists already, or another has changed since it was read
   */
  async write(first: Write, ...others: readonly Write[]): Promise<boolean> {
    await this.#ensure();
    try {
      await this.#client.submitTransaction([first, ...others].map(toAction));
      return true;
    } catch (error) {
      // A row that is gone is not as it was read either.
      if (isConflict(error) || isAbsent(error)) return false;
      throw storageError(`Writing ${this.#place(first.key)}`, error);
    }
  }

  /** In the order of the keys: partition, then row. */
  async *query(query: Query): AsyncIterable<FoundRow> {
    const { limit = Number.POSITIVE_INFINITY } = query;
    const filter = toFilter(query);
    const pages = this.#client
      .listEntities(filter === "" ? {} : { queryOptions: { filter } })
      .byPage({ maxPageSize: Math.min(limit, PAGE_LIMIT) });

    let count = 0;
    try {
      for await (const page of pages) {
        for (const entity of page) {
          yield toFoundRow(entity);
          count += 1;
          if (count >= limit) return;
        }
      }
    } catch (error) {
      if (isAbsent(error)) return;
      throw storageError(`Listing table ${this.#client.tableName}`, error);
    }
  }

  #place({ partition, row }: Key): string {
    return `row ${partition}/${row} of table ${this.#client.tableName}`;
  }
}

/** For filters: `matching`state eq ${state}``, quoted as the service wants it. */
export const matching = odata;

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A number whose text sorts the other way round: the newest comes first, without reading the rest. */
export function descending(number: number): string {
  return String(Number.MAX_SAFE_INTEGER - number).padStart(16, "0");
}

function toFilter(query: Query): string {
  const { partition, afterPartition, rowPrefix, fromRow, afterRow, filter } = query;
  const terms = [
    partition !== undefined && odata`PartitionKey eq ${partition}`,
    afterPartition !== undefined && odata`PartitionKey gt ${afterPartition}`,
    rowPrefix !== undefined &&
      odata`RowKey ge ${rowPrefix} and RowKey lt ${firstBehind(rowPrefix)}`,
    fromRow !== undefined && odata`RowKey ge ${fromRow}`,
    afterRow !== undefined && odata`RowKey gt ${afterRow}`,
    filter,
  ];
  return terms.filter((term) => typeof term === "string").join(" and ");
}

/** A key behind all that begin with the prefix: ours hold letters, digits and dashes. */
function firstBehind(prefix: string): string {
  return `${prefix}~`;
}

function toAction({ key, columns, etag }: Write): TransactionAction {
  const entity = { ...columns, partitionKey: key.partition, rowKey: key.row };
  return etag === undefined ? ["create", entity] : ["update", entity, "Replace", { etag }];
}

function toFoundRow(entity: TableEntityResult<Record<string, unknown>>): FoundRow {
  const { partitionKey = "", rowKey = "", etag, ...columns } = entity;
  return { key: { partition: partitionKey, row: rowKey }, etag, columns };
}
