import { Quarantine, VersionRecord } from "../../domain/version.ts";
import { PermanentError, TransientError } from "../../errors.ts";
import type { Versions } from "../../ports/versions.ts";
import { fromColumns, toColumns } from "./columns.ts";
import { addNumbered, numberedRow } from "./numbered-rows.ts";
import type { TableConnection } from "./storage-connection.ts";
import { parseStored } from "./storage-errors.ts";
import { createTableReleases } from "./table-releases.ts";
import { collect, type FoundRow, type Key, matching, Table } from "./table.ts";

// Table `versions`, PartitionKey <pipeline>:
//
//   RowKey                      holds
//   counter                     the highest number
//   version-<number, falling>   the version
//   content-<hash>              its number: the same bytes are the same version
//   quarantine-<hash>           why this content must not serve
const ACTIVATE_ATTEMPTS = 5;

/** Adapter versions, quarantine and releases, in Azure Tables. */
export function createTableVersions(connection: TableConnection): Versions {
  const versions = new Table(connection, "versions");

  return {
    ...createTableReleases(connection),

    async claim(claim) {
      const { pipeline, contentHash } = claim;
      const { number, isNew } = await addNumbered(versions, {
        partition: pipeline,
        kind: "version",
        uniqueRow: `content-${contentHash}`,
        columns: (version) =>
          toColumns({ ...claim, version, state: "claimed" }, `Version ${version} of ${pipeline}`),
      });
      const found = await versions.get(versionKey(pipeline, number));
      return { record: toVersion(existing(found, pipeline, number)), isNew };
    },

    async activate(pipeline, version) {
      await activate(versions, pipeline, version);
    },

    async find(pipeline, version) {
      const found = await versions.get(versionKey(pipeline, version));
      return found && toVersion(found);
    },

    async list(pipeline) {
      const rows = versions.query({ partition: pipeline, rowPrefix: "version-" });
      return (await collect(rows)).map(toVersion);
    },

    async claimed() {
      const rows = versions.query({ filter: matching`state eq ${"claimed"}` });
      return (await collect(rows)).map(toVersion);
    },

    async quarantine(pipeline, entry) {
      // Not written over: what put it there first is the reason.
      const columns = toColumns(entry, `Quarantine of version ${entry.version} of ${pipeline}`);
      await versions.write({ key: quarantineKey(pipeline, entry.contentHash), columns });
    },

    async isQuarantined(pipeline, contentHash) {
      const found = await versions.get(quarantineKey(pipeline, contentHash));
      return found && toQuarantine(found);
    },

    async quarantined(pipeline) {
      const rows = versions.query({ partition: pipeline, rowPrefix: "quarantine-" });
      return (await collect(rows)).map(toQuarantine).toSorted((a, b) => b.version - a.version);
    },
  };
}

async function activate(table: Table, pipeline: string, version: number): Promise<void> {
  const key = versionKey(pipeline, version);
  for (let attempt = 0; attempt < ACTIVATE_ATTEMPTS; attempt += 1) {
    const found = existing(await table.get(key), pipeline, version);
    const record = toVersion(found);
    if (record.state === "active") return;

    const columns = toColumns({ ...record, state: "active" }, placeOf(found));
    if (await table.write({ key, columns, etag: found.etag })) return;
  }
  const message = `Version ${version} of ${pipeline} changes all the time`;
  throw new TransientError("STORAGE_UNAVAILABLE", message);
}

function versionKey(pipeline: string, version: number): Key {
  return { partition: pipeline, row: numberedRow("version", version) };
}

function quarantineKey(pipeline: string, contentHash: string): Key {
  return { partition: pipeline, row: `quarantine-${contentHash}` };
}

function existing(found: FoundRow | undefined, pipeline: string, number: number): FoundRow {
  if (found) return found;
  throw new PermanentError("INTERNAL", `Version ${number} of ${pipeline} was never claimed`);
}

function toVersion(found: FoundRow): VersionRecord {
  return parseStored(VersionRecord, fromColumns(found.columns), placeOf(found));
}

function toQuarantine(found: FoundRow): Quarantine {
  return parseStored(Quarantine, fromColumns(found.columns), placeOf(found));
}

function placeOf({ key }: FoundRow): string {
  return `Row ${key.partition}/${key.row}`;
}
