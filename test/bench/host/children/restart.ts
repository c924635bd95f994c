// An engine that ended with 10,000 finished and 1,000 unfinished instances, and begins again.
// `restart.ts leave ENGINE DIRECTORY` leaves them, `restart.ts resume ENGINE DIRECTORY` prints
// `{"restart-works": ..., "restart-through": ...}` in milliseconds since the process began.
import { z } from "zod";

import { check, runChecked } from "../checked.ts";
import type { Restart } from "../engine.ts";
import { ENGINE_IDS, startEngine } from "../engines.ts";

const FINISHED = 10_000;
const FINISHED_AT_ONCE = 1000;
const LEFT = 1000;

const Arguments = z.tuple([z.enum(["leave", "resume"]), z.enum(ENGINE_IDS), z.string()]);

const [mode, engineId, directory] = Arguments.parse(process.argv.slice(2));
const engine = await startEngine(engineId, directory);
if (!engine.restart) throw new Error(`${engineId} keeps nothing for a restart.`);
if (mode === "leave") await leave(engine.restart);
else await resume(engine.restart);
// Without a stop: what is left must be on the disk as it is.
process.exit(0);

async function leave(restart: Restart): Promise<void> {
  for (let count = 0; count < FINISHED; count += FINISHED_AT_ONCE) {
    await runChecked(engine, "sequence", 1, FINISHED_AT_ONCE);
  }
  await restart.leaveUnfinished(LEFT);
}

async function resume(restart: Restart): Promise<void> {
  const left = restart.finishLeft(LEFT);
  await restart.firstEnd();
  const worksMs = performance.now();
  const outputs = await left;
  const throughMs = performance.now();
  await runChecked(engine, "sequence", 1, 1);
  check("unfinished instances", outputs.length, LEFT);
  for (const output of outputs) check("output of an unfinished instance", output, 1);
  const figures = { "restart-works": worksMs, "restart-through": throughMs };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
