import { userInfo } from "node:os";

import { routes } from "../../shared/contracts/http-api.ts";
import { CommandError } from "../errors.ts";
import { followRun } from "../follow-run.ts";
import { type Output, table } from "../output.ts";
import { describeRun } from "../run-text.ts";
import type { CommandContext } from "./command-context.ts";

/** As much as the app takes of who asked. */
const MAX_NAME = 100;

export interface ListOptions {
  readonly pipeline?: string | undefined;
  readonly limit: number;
  readonly next?: string | undefined;
}

/** `runs [--pipeline name]` */
export async function listRuns(
  { api, output }: CommandContext,
  options: ListOptions,
): Promise<void> {
  const query = { ...options, limit: String(options.limit) };
  const list = await api.call(routes.listRuns, { query });
  const rows = list.runs.map(({ id, phase, failure, version, createdAt, note, progress }) => [
    id,
    phase,
    failure?.code ?? "-",
    version === undefined ? "-" : `v${version}`,
    createdAt,
    note ?? failure?.message ?? progress?.stage ?? "",
  ]);
  const head = ["RUN", "PHASE", "CODE", "VERSION", "BEGAN", "NOTE"];
  output.result(list, rows.length > 0 ? table(head, rows) : "No runs.");
  noteMore(output, list.next);
}

/** `run <id>` */
export async function showRun(
  { api, output }: CommandContext,
  { run: id }: { run: string },
): Promise<void> {
  const run = await api.call(routes.getRun, { params: { run: id } });
  output.result(run, describeRun(run));
}

/**
 * `run <id> --watch`: to its end.
 *
 * @throws {CommandError} if it did not succeed, so that a script sees it in the exit code
 */
export async function watchRun(
  context: CommandContext,
  { run: id }: { run: string },
): Promise<void> {
  const run = await followRun(context, id);
  context.output.result(run, describeRun(run));
  if (run.phase !== "Succeeded") throw new CommandError(`run ${run.id} ended as ${run.phase}`);
}

/** `cancel <id>`: asks, and waits until it has cleaned up unless told not to. */
export async function cancelRun(
  context: CommandContext,
  { run: id, wait }: { run: string; wait: boolean },
): Promise<void> {
  const { api, output } = context;
  const asked = await api.call(routes.cancelRun, { params: { run: id }, body: { by: userName() } });
  if (!wait) {
    output.result(asked, `asked run ${id} to stop`);
    return;
  }
  output.note(`asked run ${id} to stop`);
  const run = await followRun(context, id);
  output.result(run, describeRun(run));
  if (run.phase !== "Cancelled") {
    throw new CommandError(`run ${id} ended as ${run.phase} before it could be cancelled`);
  }
}

/** A container may run us as a user who has no name. */
function userName(): string {
  try {
    return userInfo().username.slice(0, MAX_NAME);
  } catch {
    return "unknown";
  }
}

/** `requests [--pipeline name]` */
export async function listRequests(
  { api, output }: CommandContext,
  options: ListOptions,
): Promise<void> {
  const query = { ...options, limit: String(options.limit) };
  const list = await api.call(routes.listRequests, { query });
  const rows = list.requests.map(
    ({ id, pipeline, source, state, run, datasets, requestedAt, code, message }) => [
      id,
      pipeline,
      source,
      state,
      run ?? "-",
      requestedAt,
      code === undefined
        ? datasets.map(({ name }) => name).join(", ")
        : `${code}: ${message ?? ""}`,
    ],
  );
  const unreadable = list.unreadable.map(({ id, receivedAt, reason }) => [
    id,
    "-",
    "-",
    "unreadable",
    "-",
    receivedAt,
    reason,
  ]);
  const head = ["REQUEST", "PIPELINE", "SOURCE", "STATE", "RUN", "RECEIVED", "WHAT"];
  const all = [...rows, ...unreadable];
  output.result(list, all.length > 0 ? table(head, all) : "No requests.");
  noteMore(output, list.next);
}

function noteMore(output: Output, next: string | undefined): void {
  if (next !== undefined) output.note(`There are more: add --next '${next}'`);
}
