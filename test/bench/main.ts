// `npm run bench`: how the app fits its host, and how fast the host is, as figures of one run on this machine.
// `npm run bench -- app` or `-- host` for one of the two.
import { parseArgs } from "node:util";

import Table from "cli-table3";

import { buildApp } from "../../infra/build.ts";
import { measureHost } from "./host/measure-host.ts";
import { formatHostFigures, hostFiguresDocument } from "./host/report.ts";
import { type LoadFigures, measureLoad } from "./load.ts";
import { measureRuns, type RunFigures } from "./runs.ts";

const PARTS: ReadonlySet<string> = new Set(["app", "host"]);

const { values, positionals } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
  },
  allowPositionals: true,
});
const rounds = Number(values.rounds);
const unknown = positionals.find((part) => !PARTS.has(part));
if (unknown !== undefined || !Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write(
    "Usage: npm run bench -- [app] [host] [--rounds <number, from 1>] [--json]\n",
  );
  process.exit(2);
}
const isAsked = (part: string): boolean => positionals.length === 0 || positionals.includes(part);

const app = isAsked("app") ? await measureApp() : undefined;
const host = isAsked("host") ? await measureHost(rounds, say) : undefined;
if (values.json) {
  const document = { ...app, ...(host ? { host: hostFiguresDocument(host) } : {}) };
  process.stdout.write(`${JSON.stringify(document)}\n`);
} else {
  if (app) process.stdout.write(`${formatAppFigures(app)}\n`);
  if (host) process.stdout.write(`${formatHostFigures(host)}\n`);
}
// Slow is a figure; wrong is not.
if (host && host.problems.length > 0) process.exitCode = 1;

interface AppFigures {
  readonly load: LoadFigures;
  readonly runs: RunFigures;
}

async function measureApp(): Promise<AppFigures> {
  await buildApp();
  say("loading the bundled app and an empty one, in turn");
  const load = await measureLoad();
  say("running pipelines on the local stack");
  return { load, runs: await measureRuns() };
}

function formatAppFigures({ load, runs }: AppFigures): string {
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
  return table.toString();
}

function say(text: string): void {
  process.stderr.write(`${text}...\n`);
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}
