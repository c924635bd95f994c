import type { DatabaseSync, SQLInputValue } from "node:sqlite";

import type { z } from "zod";

import { type Attributes, UNLOCKED } from "./attributes.ts";
import { inTransaction } from "./database.ts";
import { ManifestRecord, type NewManifest, Repository, Tag } from "./records.ts";
import { createTimestamps } from "./timestamps.ts";

/** Which repository, and which manifest or tag of it. */
export interface Thing {
  readonly repository: string;
  readonly digest?: string;
  readonly tag?: string;
}

const MANIFEST_COLUMNS = `digest, mediaType, size, imageSize, configMediaType, artifactType, subject,
  annotations, attributes, createdAt, updatedAt`;

const INSERT_REPOSITORY = `
  INSERT INTO repositories VALUES ($repository, $attributes, $now, $now)
    ON CONFLICT DO UPDATE SET updatedAt = $now`;
const INSERT_MANIFEST = `
  INSERT INTO manifests VALUES ($repository, $digest, $mediaType, $body, $size, $imageSize,
      $configMediaType, $artifactType, $subject, $annotations, $attributes, $now, $now)
    ON CONFLICT DO UPDATE SET mediaType = $mediaType, updatedAt = $now`;
const INSERT_TAG = `
  INSERT INTO tags VALUES ($repository, $tag, $digest, $attributes, $now, $now)
    ON CONFLICT DO UPDATE SET digest = $digest, updatedAt = $now`;

/**
 * Repositories, manifests and tags.
 *
 * Every method is synchronous, so what a caller checks and then does without `await` in between is
 * one step for all other requests.
 */
export class Catalog {
  readonly #database: DatabaseSync;
  readonly #now = createTimestamps();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  repository(name: string): Repository | undefined {
    return this.#select(Repository, "SELECT * FROM repositories WHERE name = ?", name)[0];
  }

  repositories(): Repository[] {
    return this.#select(Repository, "SELECT * FROM repositories");
  }

  manifest(repository: string, digest: string): ManifestRecord | undefined {
    const where = "repository = ? AND digest = ?";
    return this.#manifestsWhere(where, repository, digest)[0];
  }

  manifests(repository: string): ManifestRecord[] {
    return this.#manifestsWhere("repository = ?", repository);
  }

  referrers(repository: string, subject: string): ManifestRecord[] {
    return this.#manifestsWhere("repository = ? AND subject = ?", repository, subject);
  }

  /** The bytes as they were pushed: the digest is of these, and of no other serialisation. */
  body(repository: string, digest: string): Buffer | undefined {
    const row = this.#database
      .prepare("SELECT body FROM manifests WHERE repository = ? AND digest = ?")
      .get(repository, digest);
    return row?.["body"] instanceof Uint8Array ? Buffer.from(row["body"]) : undefined;
  }

  tag(repository: string, name: string): Tag | undefined {
    const sql = "SELECT * FROM tags WHERE repository = ? AND name = ?";
    return this.#select(Tag, sql, repository, name)[0];
  }

  tags(repository: string): Tag[] {
    return this.#select(Tag, "SELECT * FROM tags WHERE repository = ?", repository);
  }

  tagsOf(repository: string, digest: string): Tag[] {
    const sql = "SELECT * FROM tags WHERE repository = ? AND digest = ? ORDER BY name";
    return this.#select(Tag, sql, repository, digest);
  }

  /** Stores a manifest that may be there already, and points the tag at it. */
  put(repository: string, manifest: NewManifest, tag?: string): void {
    const now = this.#now();
    const attributes = JSON.stringify(UNLOCKED);
    inTransaction(this.#database, () => {
      this.#run(INSERT_REPOSITORY, { repository, attributes, now });
      const annotations = JSON.stringify(manifest.annotations);
      this.#run(INSERT_MANIFEST, {
        ...columnsOf(manifest),
        repository,
        annotations,
        attributes,
        now,
      });
      if (tag !== undefined)
        this.#run(INSERT_TAG, { repository, tag, digest: manifest.digest, attributes, now });
    });
  }

  /** Sets locks. */
  change({ digest, repository, tag }: Thing, attributes: Attributes): void {
    const values = { attributes: JSON.stringify(attributes), now: this.#now(), repository };
    const set = "SET attributes = $attributes, updatedAt = $now";
    if (tag !== undefined) {
      const where = "repository = $repository AND name = $tag";
      this.#run(`UPDATE tags ${set} WHERE ${where}`, { ...values, tag });
    } else if (digest !== undefined) {
      const where = "repository = $repository AND digest = $digest";
      this.#run(`UPDATE manifests ${set} WHERE ${where}`, { ...values, digest });
    } else {
      this.#run(`UPDATE repositories ${set} WHERE name = $repository`, values);
    }
  }

  removeTag(repository: string, tag: string): void {
    const where = "repository = $repository AND name = $tag";
    this.#run(`DELETE FROM tags WHERE ${where}`, { repository, tag });
  }

  /** Removes manifests and the tags that point at them. */
  removeManifests(repository: string, digests: readonly string[]): void {
    const where = "repository = $repository AND digest = $digest";
    inTransaction(this.#database, () => {
      for (const digest of digests) {
        this.#run(`DELETE FROM manifests WHERE ${where}`, { repository, digest });
      }
    });
  }

  /** Removes a repository with its manifests and tags. Its blobs are a matter of `Blobs`. */
  removeRepository(repository: string): void {
    this.#run("DELETE FROM repositories WHERE name = $repository", { repository });
  }

  #manifestsWhere(where: string, ...values: SQLInputValue[]): ManifestRecord[] {
    const sql = `SELECT ${MANIFEST_COLUMNS} FROM manifests WHERE ${where}`;
    return this.#select(ManifestRecord, sql, ...values);
  }

  #select<Row>(schema: z.ZodType<Row>, sql: string, ...values: SQLInputValue[]): Row[] {
    const rows = this.#database.prepare(sql).all(...values);
    return rows.map((row) => schema.parse(row));
  }

  #run(sql: string, values: Record<string, SQLInputValue>): void {
    this.#database.prepare(sql).run(values);
  }
}

/** Named one by one, because a statement refuses values that it has no place for. */
function columnsOf(manifest: NewManifest): Record<string, SQLInputValue> {
  const { artifactType, body, configMediaType, digest, imageSize, mediaType, size, subject } =
    manifest;
  return { artifactType, body, configMediaType, digest, imageSize, mediaType, size, subject };
}
