import { z } from "zod";

import type { Store } from "../../../infra/local/functions-host/durable/store/store.ts";
import { recordedEffects } from "./app/effects.ts";
import { compare, type Outcome, sortEndings } from "./outcome.ts";

const Input = z.object({ program: z.object({ key: z.string() }) });

/** What a task hub has left behind. */
export function observe(store: Store): Outcome {
  const endings = store.instances({}).map(({ input, status, output, customStatus }) => {
    const { key } = Input.parse(JSON.parse(input ?? "null")).program;
    return { key, status, output, customStatus };
  });
  const entities = store.entities("@").map(({ id, state }) => [id, state ?? ""] as const);
  return {
    endings: sortEndings(endings),
    entities: Object.fromEntries(entities),
    effects: [...recordedEffects().keys()].toSorted(compare),
  };
}
