// What each engine of the bench runs, for the Functions host: activities that do nothing, so that
// what is measured is the engine.
import { app as functions } from "@azure/functions";
import { app as durable, getClient, input } from "durable-functions";

durable.activity("increment", { handler: (value) => value + 1 });

// While the bench prepares instances that a restart finds unfinished, this one does not answer.
durable.activity("pass", {
  handler: (value) =>
    process.env.BENCH_GATE === "closed" ? new Promise(() => undefined) : value + 1,
});

durable.orchestration("sequence", function* sequence({ df }) {
  let value = 0;
  for (let index = 0; index < df.getInput(); index += 1) {
    value = yield df.callActivity("increment", value);
  }
  return value;
});

durable.orchestration("fanOut", function* fanOut({ df }) {
  const tasks = Array.from({ length: df.getInput() }, (_, index) =>
    df.callActivity("increment", index),
  );
  const results = yield df.Task.all(tasks);
  return results.reduce((sum, result) => sum + result, 0);
});

durable.orchestration("gated", function* gated({ df }) {
  return yield df.callActivity("pass", 0);
});

durable.entity("counter", ({ df }) => {
  df.setState(df.getState(() => 0) + df.getInput());
});

functions.http("begin", {
  methods: ["POST"],
  authLevel: "anonymous",
  extraInputs: [input.durableClient()],
  handler: async (request, context) => {
    const client = getClient(context);
    const id = await client.startNew("sequence", { input: 1 });
    return client.createCheckStatusResponse(request, id);
  },
});
