import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { z } from "zod";

import type { RunView } from "../../shared/contracts/http-api.ts";
import { dataAbout } from "../e2e/support/datasets.ts";
import { type Lab, startLab } from "../e2e/support/lab.ts";
import { median } from "./median.ts";

const PIPELINE = "bench";
const RUNS = 5;
const COUNTER = new URL("count-requests.mjs", import.meta.url).href;
const HostKeys = z.object({ system: z.string() });
const Counts = z.record(z.string(), z.number());
const History = z.object({
  historyEvents: z.array(z.looseObject({ EventType: z.string(), Timestamp: z.string() })),
});
type Events = z.infer<typeof History>["historyEvents"];

export interface RunFigures {
  readonly totalMs: number;
  /** In orchestration timers: waiting for a training, a pod, a node to come or to go. */
  readonly waitingMs: number;
  /** In activities and between them: everything that is not waiting. */
  readonly ownMs: number;
  /** CPU of the process that has the app and the host. */
  readonly cpuMs: number;
  readonly historyEvents: number;
  /** Of the largest single instance: the limit is 200. */
  readonly largestHistory: number;
  readonly blobCalls: number;
  readonly tableCalls: number;
}

/** Some runs of one pipeline on the whole local stack; medians. The first, which creates serving, is left out. */
export async function measureRuns(): Promise<RunFigures> {
  const directory = await mkdtemp(path.join(tmpdir(), "rollforward-bench-"));
  const counts = path.join(directory, "counts.json");
  const lab = await startLab({
    env: { NODE_OPTIONS: `--import ${COUNTER}`, COUNT_REQUESTS_TO: counts },
  });
  try {
    await lab.apply(PIPELINE);
    await lab.train(PIPELINE, "0.jsonl", dataAbout("warm"));
    const figures: RunFigures[] = [];
    for (let index = 1; index <= RUNS; index++) {
      figures.push(await measureOne(lab, counts, index));
    }
    return medians(figures);
  } finally {
    await lab.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureOne(lab: Lab, countsFile: string, index: number): Promise<RunFigures> {
  const before = await readCounts(lab, countsFile);
  const cpuBefore = await cpuMs(lab);
  const run = await lab.train(PIPELINE, `${index}.jsonl`, dataAbout(`word${index}`));
  const cpu = (await cpuMs(lab)) - cpuBefore;
  const after = await readCounts(lab, countsFile);
  const histories = await historiesOf(lab, run);
  const sizes = histories.map((events) => events.length);
  const totalMs = Date.parse(run.endedAt ?? "") - Date.parse(run.createdAt);
  const waitingMs = histories.reduce((sum, events) => sum + timersMs(events), 0);
  return {
    totalMs,
    waitingMs,
    ownMs: totalMs - waitingMs,
    cpuMs: cpu,
    historyEvents: sizes.reduce((sum, size) => sum + size, 0),
    largestHistory: Math.max(...sizes),
    blobCalls: after.blob - before.blob,
    tableCalls: after.table - before.table,
  };
}

async function readCounts({ stack }: Lab, file: string): Promise<{ blob: number; table: number }> {
  const counts = Counts.parse(JSON.parse(await readFile(file, "utf8")));
  const at = (url: string): number => counts[new URL(url).host] ?? 0;
  return {
    blob: at(stack.eventGrid.blobServiceUrl),
    table: at(stack.azurite.tableServiceUrl),
  };
}

/** Fields 14 and 15 of Linux's /proc/<pid>/stat, in ticks of 10 ms. */
async function cpuMs({ stack }: Lab): Promise<number> {
  const text = await readFile(`/proc/${stack.functionsHost.pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The run's own instance and the two that wait on its behalf, the last generation of each. */
async function historiesOf({ stack }: Lab, { id }: RunView): Promise<Events[]> {
  const keys = await readFile(path.join(path.dirname(stack.localFile), "host-keys.json"), "utf8");
  const { system } = HostKeys.parse(JSON.parse(keys));
  return Promise.all(
    [id, `tune-${id}`, `serve-${id}`].map(async (instance) => {
      const url = `${stack.url}/runtime/webhooks/durabletask/instances/${instance}?showHistory=true&code=${system}`;
      return History.parse(await (await fetch(url)).json()).historyEvents;
    }),
  );
}

/** From each timer's creation to its firing; both events carry the moment for which it was set. */
function timersMs(events: Events): number {
  const created = new Map<unknown, number>();
  for (const { EventType, FireAt, Timestamp } of events) {
    if (EventType === "TimerCreated") created.set(FireAt, Date.parse(Timestamp));
  }
  return events
    .filter(({ EventType }) => EventType === "TimerFired")
    .reduce((sum, { FireAt, Timestamp }) => {
      const since = created.get(FireAt);
      return since === undefined ? sum : sum + Date.parse(Timestamp) - since;
    }, 0);
}

function medians(figures: readonly RunFigures[]): RunFigures {
  const of = (name: keyof RunFigures): number => median(figures.map((each) => each[name]));
  return {
    totalMs: of("totalMs"),
    waitingMs: of("waitingMs"),
    ownMs: of("ownMs"),
    cpuMs: of("cpuMs"),
    historyEvents: of("historyEvents"),
    largestHistory: of("largestHistory"),
    blobCalls: of("blobCalls"),
    tableCalls: of("tableCalls"),
  };
}
