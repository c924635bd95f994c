import { ReleaseRecord } from "../../domain/version.ts";
import { TransientError } from "../../errors.ts";
import type { Versions } from "../../ports/versions.ts";
import { fromColumns, toColumns } from "./columns.ts";
import { addNumbered, numberedRow } from "./numbered-rows.ts";
import type { TableConnection } from "./storage-connection.ts";
import { parseStored } from "./storage-errors.ts";
import { collect, type FoundRow, Table } from "./table.ts";

// Table `releases`, PartitionKey <pipeline>:
//
//   RowKey                       holds
//   counter                      the highest sequence
//   release-<sequence, falling>  the release
//   run-<run>                    its sequence: a run releases once

/** What was made to serve, in Azure Tables. */
export function createTableReleases(
  connection: TableConnection,
): Pick<Versions, "recordRelease" | "latestRelease"> {
  const table = new Table(connection, "releases");

  return {
    async recordRelease(release) {
      const { pipeline, run } = release;
      const { number } = await addNumbered(table, {
        partition: pipeline,
        kind: "release",
        uniqueRow: `run-${run}`,
        columns: (sequence) => toColumns({ ...release, sequence }, `Release by ${run}`),
      });
      const found = await table.get({ partition: pipeline, row: numberedRow("release", number) });
      if (!found) {
        throw new TransientError(
          "STORAGE_UNAVAILABLE",
          `The release by ${run} is there and is not`,
        );
      }
      return toRelease(found);
    },

    async latestRelease(pipeline) {
      const query = { partition: pipeline, rowPrefix: "release-", limit: 1 };
      const [latest] = await collect(table.query(query));
      return latest && toRelease(latest);
    },
  };
}

function toRelease({ key, columns }: FoundRow): ReleaseRecord {
  return parseStored(ReleaseRecord, fromColumns(columns), `Row ${key.partition}/${key.row}`);
}
