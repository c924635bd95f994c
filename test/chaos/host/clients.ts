import type { ClientOperations } from "../../../infra/local/functions-host/durable/management/client-operations.ts";
import { Refusal } from "../../../infra/local/functions-host/durable/management/refusal.ts";
import { hasEnded, type Instance } from "../../../infra/local/functions-host/durable/instance.ts";
import type { Clock } from "../../../infra/local/program/clock/clock.ts";
import { Crash } from "./crash.ts";
import type { FragileHub } from "./fragile-hub.ts";
import { beginningOf, ORCHESTRATION } from "./program.ts";
import { type Root, type Scenario, TERMINATION_REASON } from "./scenario.ts";

const MINUTE_MS = 60_000;
const RETRY_AFTER_MS = 1000;

/** What a client wants. @returns false if it must be tried again later */
type Wish = (operations: ClientOperations) => boolean;
type InstanceWish = (operations: ClientOperations, instance: Instance) => boolean;

/**
 * Those who use the task hub from outside. What the hub did not take because it crashed is asked again,
 * and what it took is not: a client that cannot know would ask twice, and get an event twice.
 */
export class Clients {
  readonly #scenario: Scenario;
  readonly #clock: Clock;
  readonly #hub: FragileHub;
  readonly #beginning: number;

  constructor(scenario: Scenario, clock: Clock, hub: FragileHub) {
    this.#scenario = scenario;
    this.#clock = clock;
    this.#hub = hub;
    this.#beginning = clock.now();
  }

  begin(): void {
    for (const root of this.#scenario.roots) this.#use(root);
    for (const { counter, value, atMinute } of this.#scenario.signals) {
      this.#at(atMinute, (operations) => {
        operations.signalEntity("counter", counter, "signal", JSON.stringify(value));
        return true;
      });
    }
  }

  #use({ id, program, startsAtMinute, events, suspension, terminatesAtMinute }: Root): void {
    this.#at(startsAtMinute, (operations) => {
      const input = JSON.stringify(beginningOf(program));
      operations.start({ name: ORCHESTRATION, instanceId: id, input, version: undefined });
      return true;
    });
    for (const { name, value, atMinute } of events) {
      this.#tell(id, atMinute, (operations, instance) => {
        operations.raiseEvent(instance, name, JSON.stringify(value));
        return true;
      });
    }
    if (suspension) this.#suspend(id, suspension);
    if (terminatesAtMinute === undefined) return;
    this.#tell(id, terminatesAtMinute, (operations, instance) => {
      operations.terminate(instance, TERMINATION_REASON);
      return true;
    });
  }

  #suspend(id: string, { fromMinute, minutes }: NonNullable<Root["suspension"]>): void {
    const resume: InstanceWish = (operations, instance) => {
      // It may not have taken the suspension in yet.
      if (instance.status !== "Suspended") return false;
      operations.resume(instance, null);
      return true;
    };
    const suspend: InstanceWish = (operations, instance) => {
      operations.suspend(instance, null);
      return true;
    };
    this.#tell(id, fromMinute, suspend, () => this.#tell(id, fromMinute + minutes, resume));
  }

  /** Does nothing if the instance has ended by then. */
  #tell(id: string, minute: number, wish: InstanceWish, then?: () => void): void {
    const tell: Wish = (operations) => {
      const instance = this.#hub.store.instance(id);
      if (!instance) return false;
      return hasEnded(instance) || wish(operations, instance);
    };
    this.#at(minute, tell, then);
  }

  #at(minute: number, wish: Wish, then?: () => void): void {
    this.#atTime(this.#beginning + minute * MINUTE_MS, wish, then);
  }

  #atTime(time: number, wish: Wish, then?: () => void): void {
    this.#clock.at(time, () => {
      if (this.#isGranted(wish)) then?.();
      else this.#atTime(this.#clock.now() + RETRY_AFTER_MS, wish, then);
    });
  }

  #isGranted(wish: Wish): boolean {
    const { clients } = this.#hub;
    if (!clients) return false;
    try {
      return wish(clients);
    } catch (error) {
      if (error instanceof Crash) return error.isStored;
      if (error instanceof Refusal) return false;
      throw error;
    }
  }
}
