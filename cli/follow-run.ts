import { setTimeout as sleep } from "node:timers/promises";

import { type RunView, routes } from "../shared/contracts/http-api.ts";
import { hasEnded } from "../shared/domain/run.ts";
import type { ApiClient } from "./api-client.ts";
import type { Output } from "./output.ts";
import { progressLine } from "./run-text.ts";

const POLL_MS = 1000;

/** Follows a run to its end, saying each change of phase; a bar shows the training on a terminal. */
export async function followRun(api: ApiClient, id: string, output: Output): Promise<RunView> {
  let phase: string | undefined;
  for (;;) {
    const run = await api.call(routes.getRun, { params: { run: id } });
    if (hasEnded(run.phase)) return run;
    if (run.phase !== phase && output.json) output.result(run, "");
    if (run.phase !== phase && !output.live) output.note(progressLine(run));
    phase = run.phase;
    output.progress(progressLine(run));
    await sleep(POLL_MS);
  }
}
