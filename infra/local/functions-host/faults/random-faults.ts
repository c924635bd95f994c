import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

import { isEntityId } from "../durable/instance.ts";
import { EventType } from "../durable/history.ts";
import type { Message } from "../durable/message.ts";
import { type Faults, noFaults } from "../durable/faults.ts";

export interface RandomFaultsOptions {
  readonly seed: number;
  /** How likely each kind of fault is each time that it could happen, from 0 to 1. */
  readonly crash: number;
  readonly fail: number;
  readonly hang: number;
  readonly twice: number;
  readonly delay: number;
  /** The longest delay. */
  readonly maxDelayMs: number;
  /** Does not return. */
  readonly onCrash: () => void;
}

/** Faults by chance: the same seed and the same questions give the same faults. */
export function createRandomFaults(options: RandomFaultsOptions): Faults {
  const random = xoroshiro128plus(options.seed);
  const happens = (likelihood: number): boolean =>
    likelihood > 0 && uniformInt(random, 1, 1_000_000) <= likelihood * 1_000_000;
  const delay = (): number =>
    happens(options.delay) ? uniformInt(random, 1, options.maxDelayMs) : 0;
  let hasCommitted = false;
  return {
    reached(moment) {
      // The same seed crashes at the same place after the next start: something must have been done by then.
      const isToCrash = happens(options.crash) && (hasCommitted || moment === "after-commit");
      hasCommitted ||= moment === "after-commit";
      if (isToCrash) options.onCrash();
    },
    call() {
      if (happens(options.fail)) return "fail";
      return happens(options.hang) ? "hang" : "none";
    },
    deliveries(message) {
      if (message.body.kind === "activity") return happens(options.twice) ? [0, delay()] : [0];
      return mayBeLate(message) ? [delay()] : noFaults.deliveries(message);
    },
  };
}

/**
 * Results and external events come in any order. What clients ask of an instance, and what one sender
 * asks of an entity, keeps its order in Azure, too.
 */
function mayBeLate({ to, body }: Message): boolean {
  if (body.kind !== "event" || isEntityId(to)) return false;
  return body.event.EventType === EventType.EventRaised || "TaskScheduledId" in body.event;
}

/** Several sources of faults as one: the first that has something to say is heard. */
export function allFaults(sources: readonly Faults[]): Faults {
  return {
    reached(moment, subject) {
      for (const source of sources) source.reached(moment, subject);
    },
    call(activity) {
      const faults = sources.map((source) => source.call(activity));
      return faults.find((fault) => fault !== "none") ?? "none";
    },
    deliveries(message) {
      const all = sources.map((source) => source.deliveries(message));
      return all.find((delays) => delays.length !== 1 || delays[0] !== 0) ?? [0];
    },
  };
}
