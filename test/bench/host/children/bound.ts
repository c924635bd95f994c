// How far a long sequence is from what its protocol costs alone: `bound.ts ROUNDS`.
// Prints `[{"totalMs": ..., "boundMs": ...}, ...]`, both measured in this process.
//
// The library gets the whole history at each episode and replays it. The bound is the sum over the
// episodes of 1,000 activities of: write the binding as JSON, parse it, replay it in durable-functions.
import { z } from "zod";

import { EventType } from "../../../../infra/local/functions-host/durable/history.ts";
import { TIMER_LIMITS } from "../../../../infra/local/functions-host/durable/replay/timer.ts";
import { WrongResult } from "../engine.ts";
import { openTaskHub, runOn } from "../engines/functions-host.ts";

const ACTIVITIES = 1000;
const WARM_UP_ACTIVITIES = 200;

const Event = z.looseObject({ EventType: z.number() });
type Event = z.infer<typeof Event>;
const State = z.object({ isDone: z.boolean(), output: z.unknown() });

const [rounds] = z.tuple([z.coerce.number()]).parse(process.argv.slice(2));
const taskHub = await openTaskHub(undefined);
const engine = runOn(taskHub);
await measureTotal("warm-up", WARM_UP_ACTIVITIES);
await measureBound("warm-up", WARM_UP_ACTIVITIES);
const figures: { totalMs: number; boundMs: number }[] = [];
for (let round = 0; round < rounds; round++) {
  const totalMs = await measureTotal(`bound-${round}`, ACTIVITIES);
  const boundMs = await measureBound(`bound-${round}`, ACTIVITIES);
  figures.push({ totalMs, boundMs });
}
await engine.stop();
process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(0);

async function measureTotal(id: string, activities: number): Promise<number> {
  const startedAt = performance.now();
  const output = await engine.runOne(id, "sequence", activities);
  const totalMs = performance.now() - startedAt;
  if (output !== activities) throw new WrongResult(`sequence: ${output} instead of ${activities}`);
  return totalMs;
}

async function measureBound(id: string, activities: number): Promise<number> {
  const history = taskHub.store.history(id).map((text) => Event.parse(JSON.parse(text)));
  const orchestrator = taskHub.app.functions.find("sequence", "orchestrator");
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
    last = await orchestrator?.callback(JSON.parse(text), {});
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
