// How far orchestrations are from what their protocol costs alone: `bound.ts ROUNDS`.
// Prints `{"sequence-100": [{"totalMs": ..., "boundMs": ...}, ...], ...}`, both measured in this process.
//
// The library gets the whole history at each episode and replays it. The bound is the sum over all
// episodes of: write the binding as JSON, parse it, replay it in durable-functions; for small instances, where
// the calls themselves weigh, of the same calls through the app's libraries, activities included.
import { z } from "zod";

import { valueOf } from "../../../../infra/local/functions-host/app/rpc.ts";
import { EventType } from "../../../../infra/local/functions-host/durable/history.ts";
import { TIMER_LIMITS } from "../../../../infra/local/functions-host/durable/replay/timer.ts";
import { WrongResult } from "../engine.ts";
import { openTaskHub, runOn } from "../engines/functions-host.ts";
import { type Bounded, BOUNDED } from "../workloads.ts";

const Event = z.looseObject({ EventType: z.number() });
type Event = z.infer<typeof Event>;
const State = z.object({ isDone: z.boolean(), output: z.unknown() });

const [rounds] = z.tuple([z.coerce.number()]).parse(process.argv.slice(2));
const taskHub = await openTaskHub(undefined);
const engine = runOn(taskHub);
await measure("warm-up", { activities: 200, instances: 1, alone: "replay" });
const figures: Record<string, { totalMs: number; boundMs: number }[]> = {};
for (const [workload, size] of Object.entries(BOUNDED)) {
  figures[workload] = [];
  for (let round = 0; round < rounds; round++) {
    figures[workload].push(await measure(`${workload}-${round}`, size));
  }
}
await engine.stop();
process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(0);

async function measure(name: string, { activities, instances, alone }: Bounded) {
  const ids = Array.from({ length: instances }, (_, index) => `${name}-${index}`);
  const startedAt = performance.now();
  const outputs = await Promise.all(ids.map((id) => engine.runOne(id, "sequence", activities)));
  const totalMs = performance.now() - startedAt;
  const wrong = outputs.find((output) => output !== activities);
  if (wrong !== undefined) throw new WrongResult(`sequence: ${wrong} instead of ${activities}`);

  let boundMs = 0;
  for (const id of ids) boundMs += await runAlone(id, activities, alone);
  return { totalMs, boundMs };
}

/** @returns milliseconds */
async function runAlone(id: string, activities: number, alone: Bounded["alone"]): Promise<number> {
  const history = taskHub.store.history(id).map((text) => Event.parse(JSON.parse(text)));
  const { app } = taskHub;
  const orchestrator = app.functions.find("sequence", "orchestrator");
  const activity = app.functions.find("increment", "activity");
  if (!orchestrator || !activity) throw new WrongResult("the app has not loaded");
  const ends = episodeEnds(history);
  let last: unknown;
  const startedAt = performance.now();
  for (const end of ends) {
    const text = JSON.stringify({
      history: history.slice(0, end),
      input: activities,
      instanceId: id,
      isReplaying: false,
      parentInstanceId: null,
      upperSchemaVersion: 1,
      upperSchemaVersionNew: 2,
      ...TIMER_LIMITS,
    });
    if (alone === "replay") {
      last = await orchestrator.callback(JSON.parse(text), {});
    } else {
      last = valueOf((await app.invoke(orchestrator, { data: { string: text } })).returnValue);
    }
  }
  const calls = alone === "calls" ? activities : 0;
  for (let call = 0; call < calls; call++) {
    await app.invoke(activity, { data: { string: String(call) } });
  }
  const boundMs = performance.now() - startedAt;
  const { isDone, output } = State.parse(last);
  if (!isDone || output !== activities) throw new WrongResult("the replay alone did not end");
  return boundMs;
}

/** Where the library's copy of the history ends in each episode: before what that episode decided. */
function episodeEnds(history: readonly Event[]): number[] {
  const ends: number[] = [];
  let isOpen = false;
  for (const [index, event] of history.entries()) {
    if (event.EventType === EventType.OrchestratorStarted) isOpen = true;
    if (isOpen && isDecision(event)) {
      ends.push(index);
      isOpen = false;
    }
  }
  return ends;
}

function isDecision({ EventType: type }: Event): boolean {
  return type === EventType.TaskScheduled || type === EventType.ExecutionCompleted;
}
