// `npm run bench`: how the app fits its host, as figures of one run on this machine.
import { parseArgs } from "node:util";

import Table from "cli-table3";

import { buildApp } from "../../infra/build.ts";
import { measureLoad } from "./load.ts";
import { measureRuns } from "./runs.ts";

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });

await buildApp();
process.stderr.write("loading the bundled app and an empty one, in turn...\n");
const load = await measureLoad();
process.stderr.write("running pipelines on the local stack...\n");
const runs = await measureRuns();

if (values.json) {
  process.stdout.write(`${JSON.stringify({ load, runs })}\n`);
} else {
  const table = new Table({ head: ["figure", "value"], style: { head: [], border: [] } });
  table.push(
    ["load: bundled app", ms(load.bundledMs)],
    ["load: empty app, not bundled", ms(load.emptyMs)],
    ["load: bundled / empty (median of pairs)", load.ratio.toFixed(2)],
    ["run: from its row to its end", ms(runs.totalMs)],
    ["run: waiting in timers", ms(runs.waitingMs)],
    ["run: own time (activities, engine, storage)", ms(runs.ownMs)],
    ["run: CPU of app and host", ms(runs.cpuMs)],
    ["run: history events, all instances", String(runs.historyEvents)],
    ["run: history events, largest instance", String(runs.largestHistory)],
    ["run: calls to Blob Storage", String(runs.blobCalls)],
    ["run: calls to Table Storage", String(runs.tableCalls)],
  );
  process.stdout.write(`${table.toString()}\n`);
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}
