import { repeat } from "../../program/clock/busy.ts";
import { EVENTS } from "../api/resources/core-resources.ts";
import { textAt } from "../objects/kube-object.ts";
import type { Controller, ControllerContext } from "./controller.ts";

/** kube-apiserver: `--event-ttl`. */
const LIFETIME_MS = 60 * 60 * 1000;
const PERIOD_MS = 30 * 60 * 1000;

/** Forgets old Events, so that a cluster that is left running does not grow. */
export function startEventExpiry({ registry, clock }: ControllerContext): Controller {
  const stop = repeat(clock, PERIOD_MS, () => {
    for (const event of registry.list(EVENTS)) {
      const { namespace, name, creationTimestamp } = event.metadata;
      const last = Date.parse(textAt(event, "lastTimestamp") ?? creationTimestamp ?? "");
      if (Date.now() - last > LIFETIME_MS) registry.delete(EVENTS, namespace, name);
    }
  });
  return { stop };
}
