// Azurite as a process of its own that never outlives the stack: `node azurite-process.ts <options of Azurite>`.
// Azurite writes its metadata every few seconds and when it is told to stop, so it must be told: also when
// the stack dies of kill -9. The channel to the parent closes then, and that is the sign.
import { createRequire } from "node:module";
import { setTimeout } from "node:timers/promises";

import { installDate } from "../program/clock/install-date.ts";
import { type JoinedClock, joinClock } from "../program/clock/join-clock.ts";
import { type DataDirectory, holdDataDirectory } from "../program/data-directory.ts";
import { CLOCK_OPTION } from "./clock-option.ts";

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

/** Azurite dates what it keeps, and judges tokens, SAS, leases and messages by `Date`. */
async function enterTime(): Promise<JoinedClock | undefined> {
  const index = process.argv.indexOf(CLOCK_OPTION);
  if (index < 0) return undefined;
  // Azurite refuses options that it does not know.
  const [, address = ""] = process.argv.splice(index, 2);
  const onLost = (): void => undefined;
  const clock = await joinClock(address, { name: "azurite", onLost });
  installDate(clock);
  return clock;
}

const location = process.argv[process.argv.indexOf("--location") + 1];
if (location === undefined) throw new Error("azurite-process needs --location");
const hold = await holdOrWait(location);
process.once("exit", () => hold.release());
const clock = await enterTime();
if (process.connected) {
  process.once("disconnect", () => {
    // Azurite ends when nothing keeps the process alive any more.
    clock?.leave();
    process.kill(process.pid, "SIGTERM");
  });
  createRequire(import.meta.url)("azurite/dist/src/azurite.js");
}
