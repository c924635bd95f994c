import { mkdirSync } from "node:fs";
import path from "node:path";

import { Blobs } from "./blobs.ts";
import { Catalog } from "./catalog.ts";
import { openDatabase } from "./database.ts";
import { type UploadLimits, Uploads } from "./uploads.ts";

export interface Store {
  readonly blobs: Blobs;
  readonly catalog: Catalog;
  readonly uploads: Uploads;
  close(): void;
}

/** Opens what a registry keeps in `directory`, and removes what a killed process left half done. */
export async function openStore(directory: string, limits: UploadLimits): Promise<Store> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = openDatabase(path.join(directory, "catalog.sqlite"));
  const blobs = new Blobs(database, path.join(directory, "blobs"));
  await blobs.sweep();
  const uploads = new Uploads(path.join(directory, "uploads"), limits);
  return {
    blobs,
    catalog: new Catalog(database),
    uploads,
    close() {
      uploads.stop();
      database.close();
    },
  };
}
