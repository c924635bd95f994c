import type { Message } from "../../../infra/local/functions-host/durable/message.ts";
import {
  type FaultMoment,
  type Faults,
  noFaults,
} from "../../../infra/local/functions-host/durable/faults.ts";
import { Random } from "../random.ts";
import type { FaultPlan } from "./world.ts";

export interface SeededFaults extends Faults {
  /** Queues may deliver a request twice, and an entity must do it once. */
  arrivesTwice(message: Message): boolean;
}

export const noSeededFaults: SeededFaults = { ...noFaults, arrivesTwice: () => false };

export interface FaultHandlers {
  crash(moment: FaultMoment): never;
  /** An activity does not answer: somebody has to end the hub. */
  hang(): void;
}

/** Of a message: short against every difference that an outcome depends on. */
export const LONGEST_DELAY_MS = 2000;
const MOST_CRASHES = 4;
const MOST_DISTURBED = 25;
/** Flaky activities have attempts for so many more failures. */
const MOST_FAILURES = 2;
const MOST_HANGS = 2;

/** The faults of one run: the same seed and the same questions give the same ones. */
export function createSeededFaults(plan: FaultPlan, handlers: FaultHandlers): SeededFaults {
  const random = new Random(plan.seed);
  const points = 2 * Math.max(plan.commits, 1);
  const crashes = new Set(
    random.times(random.between(0, MOST_CRASHES), () => random.between(1, points)),
  );
  const left = { disturbed: MOST_DISTURBED, failures: MOST_FAILURES, hangs: MOST_HANGS };
  let reached = 0;

  return {
    reached(moment) {
      reached += 1;
      if (crashes.has(reached)) handlers.crash(moment);
    },
    call(activity) {
      if (activity === "flaky" && left.failures > 0 && random.happens(20)) {
        left.failures -= 1;
        return "fail";
      }
      if (left.hangs === 0 || !random.happens(3)) return "none";
      left.hangs -= 1;
      handlers.hang();
      return "hang";
    },
    deliveries(message) {
      if (left.disturbed === 0 || !random.happens(20)) return noFaults.deliveries(message);
      left.disturbed -= 1;
      const delay = random.pick([0, 1, random.between(1, LONGEST_DELAY_MS)]);
      const isTwice = message.body.kind === "activity" && random.happens(70);
      return isTwice ? [0, delay] : [delay];
    },
    arrivesTwice: ({ body }) => body.kind === "operation" && random.happens(10),
  };
}
