import {
  type ActivityContext,
  InMemoryOrchestrationBackend,
  type OrchestrationContext,
  TestOrchestrationClient,
  TestOrchestrationWorker,
  whenAll,
} from "@microsoft/durabletask-js";

import type { Engine } from "../engine.ts";

/** Above what the bench makes: the default of 10,000 events is too few for 5,000 activities. */
const LONGEST_HISTORY = 1_000_000;
const LONGEST_WAIT_S = 600;

/** Microsoft's own engine for tests of Durable Task orchestrations, in memory. */
export async function startDurabletaskEngine(): Promise<Engine> {
  // Its test worker logs each event and takes no other logger: not its engine's work.
  console.debug = () => undefined;
  console.info = () => undefined;
  const backend = new InMemoryOrchestrationBackend(LONGEST_HISTORY);
  const worker = new TestOrchestrationWorker(backend);
  const client = new TestOrchestrationClient(backend);
  worker.addNamedActivity("increment", increment);
  worker.addNamedOrchestrator("sequence", sequence);
  worker.addNamedOrchestrator("fanOut", fanOut);
  await worker.start();

  return {
    async run(workflow, size, instances) {
      const outputs = Array.from({ length: instances }, async () => {
        const id = await client.scheduleNewOrchestration(workflow, size);
        const state = await client.waitForOrchestrationCompletion(id, true, LONGEST_WAIT_S);
        return Number(state?.serializedOutput);
      });
      return Promise.all(outputs);
    },
    stop: () => worker.stop(),
  };
}

function increment(_: ActivityContext, value: number): number {
  return value + 1;
}

async function* sequence(context: OrchestrationContext, size: number) {
  let value = 0;
  for (let index = 0; index < size; index++) {
    value = yield context.callActivity(increment, value);
  }
  return value;
}

async function* fanOut(context: OrchestrationContext, size: number) {
  const tasks = Array.from({ length: size }, (_, index) => context.callActivity(increment, index));
  const results: number[] = yield whenAll(tasks);
  return results.reduce((sum, result) => sum + result, 0);
}
