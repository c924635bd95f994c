import { app, EntityId } from "durable-functions";
import { z } from "zod";

import { FAILURE_TEXT, ORCHESTRATION, resultOf } from "../program.ts";
import { recordEffect } from "./effects.ts";
import { interpret } from "./interpret.ts";

const Effect = z.object({ effect: z.string() });
const Recorded = Effect.extend({ value: z.number() });
const Flaky = Recorded.extend({ failures: z.number() });

app.orchestration(ORCHESTRATION, interpret);

app.activity("record", {
  handler(input) {
    const { effect, value } = Recorded.parse(input);
    recordEffect(effect);
    return resultOf(value);
  },
});

app.activity("flaky", {
  handler(input) {
    const { effect, value, failures } = Flaky.parse(input);
    if (recordEffect(effect) <= failures) throw new Error(FAILURE_TEXT);
    return resultOf(value);
  },
});

app.activity("doomed", {
  handler(input) {
    recordEffect(Effect.parse(input).effect);
    throw new Error(FAILURE_TEXT);
  },
});

interface Count {
  readonly sum: number;
  readonly operations: number;
}

app.entity<Count>("counter", ({ df }) => {
  const { sum, operations } = df.getState(() => ({ sum: 0, operations: 0 })) ?? {
    sum: 0,
    operations: 0,
  };
  const value = df.getInput<number>() ?? 0;
  df.setState({ sum: sum + value, operations: operations + 1 });
  if (df.operationName === "relay") {
    df.signalEntity(new EntityId("counter", `${df.entityKey}-next`), "signal", value);
  }
  // Not the sum: that depends on who else has counted by then.
  df.return(value);
});

app.entity<number[]>("journal", ({ df }) => {
  const entries = [...(df.getState(() => []) ?? []), df.getInput<number>() ?? 0];
  df.setState(entries);
  df.return(entries.length);
});
