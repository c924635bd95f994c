// Azurite as a process of its own that never outlives the stack: `node azurite-process.ts <options of Azurite>`.
// Azurite writes its metadata every few seconds and when it is told to stop, so it must be told: also when
// the stack dies of kill -9. The channel to the parent closes then, and that is the sign.
import { createRequire } from "node:module";
import { setTimeout } from "node:timers/promises";

import { type DataDirectory, holdDataDirectory } from "../program/data-directory.ts";

/** How long an Azurite of an earlier stack may take to write its data, before this one gives up. */
const WAIT_MS = 10_000;
const PAUSE_MS = 50;

/** Azurite has no lock of its own: two of them on one directory overwrite each other's data. */
async function holdOrWait(directory: string): Promise<DataDirectory> {
  for (const deadline = Date.now() + WAIT_MS; ;) {
    try {
      return holdDataDirectory(directory);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await setTimeout(PAUSE_MS);
    }
  }
}

const location = process.argv[process.argv.indexOf("--location") + 1];
if (location === undefined) throw new Error("azurite-process needs --location");
const hold = await holdOrWait(location);
process.once("exit", () => hold.release());
if (process.connected) {
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  createRequire(import.meta.url)("azurite/dist/src/azurite.js");
}
