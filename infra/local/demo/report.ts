import Table from "cli-table3";

import type { Run, Serving } from "./app-client.ts";

/** One question, to the base model before anything was tuned, and to what serves at the end. */
export interface Comparison {
  readonly question: string;
  readonly before: string;
  readonly after: string;
}

export interface Told {
  readonly runs: readonly Run[];
  readonly serving: Serving;
  readonly answers: readonly Comparison[];
  /** What the cluster itself still has, by run. */
  readonly leftBehind: ReadonlyMap<string, readonly string[]>;
}

/** The demo's one JSON document. */
export function toDocument({ runs, serving, answers, leftBehind }: Told): object {
  return {
    runs: runs.map((run) => ({
      id: run.id,
      phase: run.phase,
      code: run.failure?.code ?? null,
      version: run.version ?? null,
      digest: run.digest ?? null,
      leftBehind: leftBehind.get(run.id) ?? [],
    })),
    serving: { version: serving.version ?? null, digest: serving.digest ?? null },
    answers,
  };
}

/** The tables for people. */
export function toText({ runs, serving, answers, leftBehind }: Told): string {
  const table = new Table({
    head: ["run", "phase", "code", "version", "digest", "time per phase", "GPU", "left behind"],
    style: { head: [], border: [] },
  });
  for (const run of runs) {
    const left = leftBehind.get(run.id) ?? [];
    table.push([
      run.id,
      run.phase,
      run.failure?.code ?? "-",
      run.version === undefined ? "-" : `v${run.version}`,
      shorten(run.digest),
      timePerPhase(run),
      `${((run.gpuSeconds ?? 0) / 60).toFixed(2)} min`,
      left.length > 0 ? left.join("\n") : "nothing",
    ]);
  }
  return [
    table.toString(),
    `serving: v${serving.version ?? "?"} ${serving.digest ?? ""}`,
    ...answers.map(sideBySide),
    "GPU: minutes that a node existed for the tuning, by the cluster's clock, where a training takes seconds.",
    "Left behind: Workspaces, Jobs, pods, Secrets and GPU nodes of the run's tuning, read from the cluster.",
  ].join("\n");
}

export function sideBySide({ question, before, after }: Comparison): string {
  const table = new Table({
    head: ["before", "after"],
    colWidths: [50, 50],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  table.push([before, after]);
  return `? ${question}\n${table.toString()}`;
}

function timePerPhase({ phases }: Run): string {
  return phases
    .slice(0, -1)
    .map(({ phase, at }, index) => {
      const next = phases[index + 1]?.at ?? at;
      return `${phase} ${((Date.parse(next) - Date.parse(at)) / 1000).toFixed(1)} s`;
    })
    .join("\n");
}

function shorten(digest: string | undefined): string {
  return digest === undefined ? "-" : digest.slice(0, "sha256:".length + 12);
}
