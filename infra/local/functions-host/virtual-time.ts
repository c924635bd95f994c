import { existsSync } from "node:fs";
import path from "node:path";

import { Option } from "commander";

import { type ClockServer, serveClock } from "../program/clock/clock-server.ts";
import { type Clock, systemClock } from "../program/clock/clock.ts";
import { installDate } from "../program/clock/install-date.ts";
import { joinClock } from "../program/clock/join-clock.ts";
import { VirtualClock } from "../program/clock/virtual-clock.ts";
import { UsageError } from "../program/usage-error.ts";
import { SqliteStore } from "./durable/store/sqlite-store.ts";
import { TASK_HUB_FILE } from "./host-data.ts";

/** What the command line says about time. */
export interface TimeOptions {
  /** True: begins where `beginning` says. */
  readonly virtualTime?: string | true;
  readonly clock?: string;
  readonly seed?: number;
}

/** The time that the host and its app live in. */
export interface HostTime {
  readonly clock: Clock;
  /** What others must know to share it. */
  readonly facts: { readonly clock?: string };
  /** Only of a virtual time that this process owns. */
  readonly advance?: (milliseconds: number) => Promise<void>;
  leave(): Promise<void>;
}

/** With a seed everything is to be the same again, the time included. */
const SEEDED_BEGINNING = "2030-01-01T00:00:00.000Z";

export function timeOptions(): Option[] {
  return [
    new Option(
      "--virtual-time [beginning]",
      `time jumps to the next timer whenever nothing runs; it begins there (an ISO 8601 time; default: now, or ${SEEDED_BEGINNING} with --seed)`,
    ).argParser(beginning),
    new Option(
      "--clock <address>",
      "live in the virtual time of the program that printed this",
    ).conflicts("virtualTime"),
  ];
}

/**
 * Enters the time that was asked for: `Date` of this process, and so the app's, tells it from now on.
 *
 * @param data the data directory, whose orchestrations must not wake up in their past
 * @throws {UsageError} if nothing answers at the address
 */
export async function enterTime(
  options: TimeOptions,
  data: string | undefined,
  log: (message: string) => void,
): Promise<HostTime> {
  if (options.clock !== undefined) return join(options.clock, log);
  if (options.virtualTime === undefined) {
    return { clock: systemClock, facts: {}, leave: () => Promise.resolve() };
  }
  const asked = beginsAt(options);
  const clock = new VirtualClock(Math.max(asked, data === undefined ? 0 : latestTimeIn(data)));
  const server: ClockServer = await serveClock(clock, { log });
  installDate(clock);
  return {
    clock,
    facts: { clock: server.address },
    advance: (milliseconds) => clock.advance(milliseconds),
    async leave() {
      clock.stop();
      await server.close();
    },
  };
}

async function join(address: string, log: (message: string) => void): Promise<HostTime> {
  const onLost = (): void => log("The owner of the clock is gone: time stands still.");
  const clock = await joinClock(address, { name: "functions-host", onLost });
  installDate(clock);
  return {
    clock,
    facts: { clock: address },
    leave() {
      clock.leave();
      return Promise.resolve();
    },
  };
}

/** The latest that the task hub knows of, in milliseconds since 1970. */
function latestTimeIn(directory: string): number {
  const file = path.join(directory, TASK_HUB_FILE);
  if (!existsSync(file)) return 0;
  const store = new SqliteStore(file, { readOnly: true });
  try {
    return store
      .instances({})
      .reduce((latest, { updatedAt }) => Math.max(latest, Date.parse(updatedAt)), 0);
  } finally {
    store.close();
  }
}

function beginsAt({ virtualTime, seed }: TimeOptions): number {
  if (typeof virtualTime === "string") return Date.parse(virtualTime);
  return seed === undefined ? Date.now() : Date.parse(SEEDED_BEGINNING);
}

function beginning(text: string): string {
  if (Number.isNaN(Date.parse(text))) {
    throw new UsageError(`'${text}' is not a time: use one such as ${SEEDED_BEGINNING}.`);
  }
  return text;
}
