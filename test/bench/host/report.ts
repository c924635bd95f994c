import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";

import Table from "cli-table3";
import { z } from "zod";

import { COMPARED_PACKAGES, ENGINE_IDS, ENGINE_NAMES, type EngineId } from "./engines.ts";
import type { Figure } from "./figures.ts";
import { type Goal, judge } from "./goals.ts";
import { CHILD_LIMIT_MS, type HostFigures } from "./measure-host.ts";
import { TITLES, unitOf, WORKLOAD_IDS, type WorkloadId } from "./workloads.ts";

const MODULES = path.resolve(import.meta.dirname, "../../../node_modules");
const PackageJson = z.object({ version: z.string() });

const NOTES = `Each figure is the median of the rounds; each ratio, the median of the rounds' own ratios. Each workload runs
in a process of its own, after a warm-up, from the first start until the engine has stored the last end
(openworkflow's own result() polls once a second, so its end is taken where its backend stores it).
Activities add 1 to a number, without I/O. "-": the engine has no such thing (an openworkflow run has at most
1,000 steps).
This host is measured at its task hub, but for the HTTP starts; its limits of 10 activities and 10
orchestrations at a time are those of Azure's defaults, and openworkflow runs 100 workflows at a time.
On disk: this host has waited for the disk before an activity runs and when the last instance ends; openworkflow
waits in each commit. Resonate and openworkflow keep a workflow in memory between its steps; durabletask-js and
this host replay it. Restart: from the start of the process, on files with 10,000 finished and 1,000
unfinished instances, begun ones for this host and waiting ones for openworkflow (a begun one would wait
for its lease of 30 seconds).`;

/** For people. */
export function formatHostFigures(measured: HostFigures): string {
  return [
    figuresTable(measured),
    goalsTable(judge(measured)),
    `${NOTES}\nCompared with: ${COMPARED_PACKAGES.map(describePackage).join(", ")}.`,
    describeMachine(measured),
    ...measured.problems.map((problem) => `PROBLEM: ${problem}`),
  ].join("\n\n");
}

/** For programs. */
export function hostFiguresDocument(measured: HostFigures): object {
  return {
    rounds: measured.rounds,
    loadBefore: measured.loadBefore,
    figures: WORKLOAD_IDS.map((workload) => ({
      workload,
      unit: unitOf(workload),
      engines: Object.fromEntries(
        ENGINE_IDS.map((engine) => [engine, measured.figures.medianOf(workload, engine) ?? null]),
      ),
    })),
    bound: measured.bound,
    goals: judge(measured),
    problems: measured.problems,
  };
}

function figuresTable({ figures }: HostFigures): string {
  const engines = ENGINE_IDS.map((engine) => ENGINE_NAMES[engine].replace(/ (in|on) /, "\n$1 "));
  const table = new Table({
    head: ["", ...engines],
    colAligns: ["left", ...engines.map(() => "right" as const)],
    style: { head: [], border: [] },
  });
  for (const workload of WORKLOAD_IDS) {
    const cell = (engine: EngineId): string =>
      formatFigure(figures.medianOf(workload, engine), workload);
    table.push([TITLES[workload], ...ENGINE_IDS.map(cell)]);
  }
  return table.toString();
}

function formatFigure(figure: Figure | undefined, workload: WorkloadId): string {
  if (figure === undefined) return "-";
  if (figure === "over") return `> ${CHILD_LIMIT_MS / 1000} s`;
  return `${figure.toFixed(0)} ${unitOf(workload)}`;
}

function goalsTable(goals: readonly Goal[]): string {
  const table = new Table({
    head: ["goal", "compared", "is", "at most", ""],
    colAligns: ["left", "left", "right", "right", "left"],
    style: { head: [], border: [] },
  });
  for (const { workload, what, actual, limit, unit, isMet } of goals) {
    const digits = unit === "x" ? 2 : 0;
    table.push([
      workload,
      what,
      `${actual.toFixed(digits)} ${unit}`,
      limit === null ? "-" : `${limit} ${unit}`,
      verdictOf(isMet),
    ]);
  }
  return table.toString();
}

function verdictOf(isMet: boolean | null): string {
  if (isMet === null) return "no goal";
  return isMet ? "met" : "NOT MET";
}

/** A busy machine does not slow all engines down alike. */
function describeMachine({ rounds, loadBefore }: HostFigures): string {
  const cores = availableParallelism();
  const load = loadBefore.toFixed(1);
  return `Rounds: ${rounds}. Load of the machine before: ${load} on ${cores} cores; with more than 0.5, trust no ratio near its limit.`;
}

function describePackage(name: string): string {
  const text = readFileSync(path.join(MODULES, name, "package.json"), "utf8");
  return `${name} ${PackageJson.parse(JSON.parse(text)).version}`;
}
