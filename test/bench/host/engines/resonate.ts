import { type Context, Resonate } from "@resonatehq/sdk";

import type { Engine } from "../engine.ts";

/** Resonate without a server: durable promises in memory. */
export async function startResonateEngine(): Promise<Engine> {
  const resonate = new Resonate();
  const workflows = {
    sequence: resonate.register("sequence", sequence),
    fanOut: resonate.register("fanOut", fanOut),
  };
  let lastId = 0;

  return {
    async run(workflow, size, instances) {
      const runs = Array.from({ length: instances }, async () => {
        lastId += 1;
        return workflows[workflow].run(`${workflow}-${lastId}`, size);
      });
      return Promise.all(runs);
    },
    stop: () => resonate.stop(),
  };
}

function increment(_: Context, value: number): number {
  return value + 1;
}

function* sequence(context: Context, size: number): Generator<unknown, number> {
  let value = 0;
  for (let index = 0; index < size; index++) value = yield* context.run(increment, value);
  return value;
}

function* fanOut(context: Context, size: number) {
  const begun = [];
  for (let index = 0; index < size; index++) begun.push(yield* context.beginRun(increment, index));
  let sum = 0;
  for (const each of begun) sum += yield* each;
  return sum;
}
