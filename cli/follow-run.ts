import { setTimeout as sleep } from "node:timers/promises";

import { type RunView, routes } from "../shared/contracts/http-api.ts";
import { hasEnded } from "../shared/domain/run.ts";
import type { CommandContext } from "./commands/command-context.ts";
import { patiently } from "./patience.ts";
import { progressLine } from "./run-text.ts";

/**
 * Follows a run to its end, saying each change of phase; a bar shows the training on a terminal.
 *
 * Survives a restart of the app: the run does too.
 */
export async function followRun(context: CommandContext, id: string): Promise<RunView> {
  const { signal, output } = context;
  try {
    return await toItsEnd(context, id);
  } catch (error) {
    const hint = `Run ${id} goes on. See it with: rollforward run ${id} --watch`;
    if (signal.aborted) output.note(hint);
    throw error;
  }
}

async function toItsEnd(context: CommandContext, id: string): Promise<RunView> {
  const { api, output, pace, signal } = context;
  let phase: string | undefined;
  let stage: string | undefined;
  for (;;) {
    const run = await patiently(context, () => api.call(routes.getRun, { params: { run: id } }));
    if (hasEnded(run.phase)) return run;
    if (run.phase !== phase && output.json) output.result(run, "");
    const isNews = run.phase !== phase || run.progress?.stage !== stage;
    if (isNews && !output.live) output.note(progressLine(run));
    phase = run.phase;
    stage = run.progress?.stage;
    output.progress(progressLine(run));
    await sleep(pace.pollMs, undefined, { signal });
  }
}
