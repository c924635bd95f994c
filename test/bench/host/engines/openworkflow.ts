import path from "node:path";

import { OpenWorkflow } from "openworkflow";
import { BackendSqlite } from "openworkflow/sqlite";

import type { Engine } from "../engine.ts";
import { Outputs } from "../outputs.ts";

/** Its default is one run at a time. */
const CONCURRENCY = 100;

const LEFT = "left";

/**
 * A durable engine on SQLite, in a file or in memory.
 *
 * Its own `result()` polls once a second, so ends are seen where the backend has stored them.
 */
export async function startOpenWorkflowEngine(directory: string | undefined): Promise<Engine> {
  const backend = BackendSqlite.connect(
    directory === undefined ? ":memory:" : path.join(directory, "openworkflow.db"),
  );
  const ends = watchEnds(backend);
  const engine = new OpenWorkflow({ backend });
  const workflows = defineWorkflows(engine);
  const worker = engine.newWorker({ concurrency: CONCURRENCY });
  await worker.start();

  return {
    async run(workflow, size, instances) {
      const outputs = Array.from({ length: instances }, async () => {
        const { workflowRun } = await workflows[workflow].run(size);
        return Number(await ends.outputs.of(workflowRun.id));
      });
      return Promise.all(outputs);
    },
    restart: {
      async leaveUnfinished(count) {
        // Runs that a worker has begun would wait for its lease of 30 seconds: these have not begun.
        await worker.stop();
        for (let index = 0; index < count; index++) await workflows.left.run(1);
      },
      firstEnd: () => ends.first,
      finishLeft: (count) => ends.left(count),
    },
    stop: () => worker.stop(),
  };
}

interface Ends {
  readonly outputs: Outputs;
  readonly first: Promise<void>;
  /** The outputs of that many runs of `left`, in the order in which they come. */
  left(count: number): Promise<readonly number[]>;
}

function watchEnds(backend: BackendSqlite): Ends {
  const outputs = new Outputs();
  const left: number[] = [];
  const first = Promise.withResolvers<void>();
  let onLeft: (() => void) | undefined;
  const complete = backend.completeWorkflowRun.bind(backend);
  backend.completeWorkflowRun = async (params) => {
    const run = await complete(params);
    if (run.workflowName === LEFT) left.push(Number(run.output));
    else outputs.set(run.id, JSON.stringify(run.output));
    first.resolve();
    onLeft?.();
    return run;
  };
  const fail = backend.failWorkflowRun.bind(backend);
  backend.failWorkflowRun = async (params) => {
    const run = await fail(params);
    outputs.set(run.id, JSON.stringify(run.error));
    return run;
  };
  return {
    outputs,
    first: first.promise,
    left: (count) =>
      new Promise((resolve) => {
        onLeft = () => {
          if (left.length >= count) resolve(left);
        };
        onLeft();
      }),
  };
}

function defineWorkflows(engine: OpenWorkflow) {
  const sequence = engine.defineWorkflow<number, number>(
    { name: "sequence" },
    async ({ input, step }) => {
      let value = 0;
      for (let index = 0; index < input; index++) {
        const before = value;
        value = await step.run({ name: `increment ${index}` }, () => before + 1);
      }
      return value;
    },
  );
  const fanOut = engine.defineWorkflow<number, number>(
    { name: "fan-out" },
    async ({ input, step }) => {
      const steps = Array.from({ length: input }, (_, index) =>
        step.run({ name: `increment ${index}` }, () => index + 1),
      );
      return (await Promise.all(steps)).reduce((sum, result) => sum + result, 0);
    },
  );
  const left = engine.defineWorkflow<number, number>({ name: LEFT }, async ({ step }) =>
    step.run({ name: "pass" }, () => 1),
  );
  return { sequence, fanOut, left };
}
