// One workload on one engine, once, in this process: `run-one.ts WORKLOAD ENGINE [DIRECTORY]`.
// Prints `{"<workload>": <figure>}`. Ends with 1 if a result is wrong.
import { z } from "zod";

import { check, runChecked } from "../checked.ts";
import type { Engine } from "../engine.ts";
import { ENGINE_IDS, startEngine } from "../engines.ts";

const KIB_PER_MB = 1024;
const WARM_UPS = 3;

const Arguments = z.tuple([z.string(), z.enum(ENGINE_IDS), z.string().optional()]);

const WORKLOADS = new Map<string, (engine: Engine) => Promise<number>>([
  ["sequence-100", timed((engine) => runChecked(engine, "sequence", 100, 1))],
  ["sequence-1000", timed((engine) => runChecked(engine, "sequence", 1000, 1))],
  ["fan-out-1000", timed((engine) => runChecked(engine, "fanOut", 1000, 1))],
  ["fan-out-5000", timed((engine) => runChecked(engine, "fanOut", 5000, 1))],
  ["instances-500", timed((engine) => runChecked(engine, "sequence", 2, 500))],
  ["signals-1000", timed(async (engine) => check("signals", await engine.signal?.(1000), 1000))],
  ["memory-10000", peakOf((engine) => runChecked(engine, "sequence", 2, 10_000))],
]);

const [workload, engineId, directory] = Arguments.parse(process.argv.slice(2));
const measure = WORKLOADS.get(workload);
if (!measure) throw new Error(`There is no workload '${workload}'.`);
const started = await startEngine(engineId, directory);
for (let round = 0; round < WARM_UPS; round++) await warmUp(started);
const figure = await measure(started);
await started.stop();
process.stdout.write(`${JSON.stringify({ [workload]: figure })}\n`);
process.exit(0);

/** Of the same kinds as the workloads and smaller: what is measured then runs compiled code. */
async function warmUp(engine: Engine): Promise<void> {
  await runChecked(engine, "sequence", 30, 1);
  await runChecked(engine, "fanOut", 200, 1);
  await runChecked(engine, "sequence", 2, 100);
  await engine.signal?.(100);
}

function timed(action: (engine: Engine) => Promise<void>): (engine: Engine) => Promise<number> {
  return async (engine) => {
    const startedAt = performance.now();
    await action(engine);
    return performance.now() - startedAt;
  };
}

function peakOf(action: (engine: Engine) => Promise<void>): (engine: Engine) => Promise<number> {
  return async (engine) => {
    await action(engine);
    return process.resourceUsage().maxRSS / KIB_PER_MB;
  };
}
