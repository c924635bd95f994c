import type { ClusterOptions } from "../cluster/start-cluster.ts";
import { VIRTUAL_TIMINGS } from "../cluster/controllers/timings.ts";
import { VIRTUAL_TIMINGS as VIRTUAL_NODE_TIMINGS } from "../cluster/node/timings.ts";
import { serveClock } from "../program/clock/clock-server.ts";
import { type Clock, systemClock } from "../program/clock/clock.ts";
import { installDate } from "../program/clock/install-date.ts";
import { VirtualClock } from "../program/clock/virtual-clock.ts";
import { beginningOf, keepTime, refuseVirtualTime } from "./kept-time.ts";
import type { Undo } from "./undo.ts";

/** The time that everything in the stack lives in. */
export interface StackTime {
  readonly clock: Clock;
  /** Where the stack's other processes join it; undefined: they have the same time anyway. */
  readonly address?: string;
  readonly timings?: ClusterOptions["timings"];
  readonly nodeTimings?: ClusterOptions["nodeTimings"];
  /** What the app is told about it. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The app stretches it by 30 in long waits: then it looks every half hour, 144 times in three days. */
const VIRTUAL_POLL_INTERVAL_MS = 60_000;

export interface EnterTimeOptions {
  /** Where the stack's data are. */
  readonly directory: string;
  readonly isVirtual: boolean;
  readonly log: (message: string) => void;
}

const REAL_TIME: StackTime = { clock: systemClock };

/**
 * Enters real time, or makes a virtual one of which this process is the owner.
 *
 * A virtual time is one for all: tokens, SAS, leases and messages are dated by one program and judged by
 * another. So it is this whole process's `Date` until the stack has stopped, Azurite's and the app's.
 *
 * @throws {UsageError} if the directory's data live in the other kind of time
 */
export async function enterTime(
  { directory, isVirtual, log }: EnterTimeOptions,
  undo: Undo,
): Promise<StackTime> {
  if (!isVirtual) {
    refuseVirtualTime(directory);
    return REAL_TIME;
  }
  const clock = new VirtualClock(beginningOf(directory));
  const server = await serveClock(clock, { log });
  const putDateBack = installDate(clock);
  const endKeeping = keepTime(directory, clock);
  undo.defer("clock", async () => {
    endKeeping();
    putDateBack();
    clock.stop();
    await server.close();
  });
  return {
    clock,
    address: server.address,
    timings: VIRTUAL_TIMINGS,
    nodeTimings: VIRTUAL_NODE_TIMINGS,
    settings: { POLL_INTERVAL_MS: String(VIRTUAL_POLL_INTERVAL_MS) },
  };
}
