import type { FunctionApp } from "../app/function-app.ts";
import { type Clock, isoTime } from "../../program/clock/clock.ts";
import type { Ids } from "../ids.ts";
import { admit, type Admitted } from "./admission.ts";
import { carryOut } from "./carry-out.ts";
import type { Diagnostics } from "./diagnostics/diagnostics.ts";
import type { ExecutionCache } from "./execution-cache.ts";
import { EventType, type HistoryEvent, stampAt } from "./history.ts";
import type { Instance } from "./instance.ts";
import { LoadedExecution } from "./loaded-execution.ts";
import type { Message, NewMessage } from "./message.ts";
import { reportToParent } from "./report-to-parent.ts";
import type { OrchestratorState } from "./replay/action.ts";
import { NonDeterminism, OrchestrationFailure } from "./replay/failure.ts";
import type { OngoingResult } from "./replay/ongoing-replay.ts";
import { type Completion, failed } from "./replay/replay.ts";
import { runOrchestrator } from "./run-orchestrator.ts";
import { startMessage } from "./start-message.ts";
import type { Store, WorkItem } from "./store/store.ts";
import { judgeVersion, VERSION_MISMATCH, type VersionPolicy } from "./version-match.ts";

export interface OrchestrationStepContext {
  readonly app: FunctionApp;
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly executions: ExecutionCache;
  readonly versions: VersionPolicy;
  readonly diagnostics?: Diagnostics | undefined;
}

/** What an episode changes, and the history to keep at hand once that is stored. */
export interface OrchestrationStep {
  readonly work: WorkItem;
  readonly execution?: LoadedExecution;
}

export type Waiting = "for its start" | "for a worker of its version";

/** The extension's limit. */
const MOST_CUSTOM_STATUS_KB = 16;

/**
 * One episode: takes a batch of messages in, runs the orchestrator, and says what changes.
 *
 * @returns why the messages have to wait, if they have to
 */
export async function stepOrchestration(
  id: string,
  batch: readonly Message[],
  context: OrchestrationStepContext,
): Promise<OrchestrationStep | Waiting> {
  const consumed = batch.map((message) => message.sequence);
  const now = isoTime(context.clock);
  const instance = context.store.instance(id);
  const loaded = instance && loadExecution(instance, context);
  const admitted = admit({ instance, execution: loaded, batch, now, ids: context.ids });
  if (admitted.isEarly) return "for its start";
  if (!isToRun(admitted)) {
    // What was loaded is as the store has it, unless it is a new beginning.
    const unchanged = loaded && loaded === admitted.execution ? { execution: loaded } : {};
    return { work: { consumed, send: admitted.send }, ...unchanged };
  }

  return runAdmitted(admitted, { consumed, now, storedExecution: instance?.executionId }, context);
}

interface Arrived {
  readonly consumed: readonly number[];
  readonly now: string;
  /** The execution that the store had when the messages were taken. */
  readonly storedExecution: string | undefined;
}

async function runAdmitted(
  { instance, execution, fresh, send }: ToRun,
  { consumed, now, storedExecution }: Arrived,
  context: OrchestrationStepContext,
): Promise<OrchestrationStep | Waiting> {
  const verdict = judgeVersion(instance.version, context.versions);
  if (verdict === "reject") return "for a worker of its version";
  execution.append({ EventType: EventType.OrchestratorStarted, ...stampAt(now) });
  for (const event of fresh) execution.append(event);
  const result =
    verdict === "fail"
      ? failedResult(new OrchestrationFailure(VERSION_MISMATCH))
      : await runEpisode(instance, execution, context);
  if (context.store.instance(instance.id)?.executionId !== storedExecution) {
    // Purged, or started anew after that, while the function ran.
    return { work: { consumed, send: [] } };
  }
  const concluded = conclude(instance, execution, result, context);
  const work = { ...concluded, consumed, send: [...send, ...concluded.send] };
  return result.completion === undefined ? { work, execution } : { work };
}

type ToRun = Admitted & { readonly instance: Instance; readonly execution: LoadedExecution };

function isToRun(admitted: Admitted): admitted is ToRun {
  return admitted.isDue && admitted.instance !== undefined && admitted.execution !== undefined;
}

function loadExecution(
  { id, executionId }: Instance,
  { store, executions }: OrchestrationStepContext,
): LoadedExecution {
  return (
    executions.take(id, executionId) ?? LoadedExecution.fromStore(executionId, store.history(id))
  );
}

/** Calls the orchestrator function with the history as it is now, and replays its answer. */
async function runEpisode(
  current: Instance,
  execution: LoadedExecution,
  { app, diagnostics }: OrchestrationStepContext,
): Promise<OngoingResult> {
  const run = diagnostics?.run ?? runOrchestrator;
  const answer = await run(app, current, execution.texts);
  if (answer instanceof NonDeterminism) return failedResult(answer);
  const { id: instanceId, executionId, name: orchestrator } = current;
  const identity = { instanceId, executionId, orchestrator };
  const result = limitCustomStatus(
    execution.replay.next(answer, execution.events, identity, app.functions),
    current,
  );
  await diagnostics?.afterEpisode({
    app,
    instance: current,
    history: execution.events,
    answer,
    result,
  });
  return result;
}

/** Nothing of such an answer can be relied on. */
function failedResult(state: OrchestrationFailure): OngoingResult {
  const nothing = { decisions: [], carryOver: [], isSuspended: false, hasOpenTasks: false };
  return { ...nothing, state, completion: failed(state) };
}

function conclude(
  current: Instance,
  execution: LoadedExecution,
  { completion, decisions, carryOver, isSuspended, state }: OngoingResult,
  { clock, ids, versions }: OrchestrationStepContext,
): Omit<WorkItem, "consumed"> {
  const now = isoTime(clock);
  const { defaultVersion = "" } = versions;
  const done = decisions.map((decision) => carryOut(decision, current, now, defaultVersion, ids));
  const send = done.map(({ message }) => message);
  const instance = { ...current, updatedAt: now, ...customStatusOf(state) };

  if (completion?.status === "ContinuedAsNew") {
    const next: Instance = {
      ...instance,
      executionId: ids.instance(),
      status: "Running",
      input: completion.result,
    };
    const start = startMessage(next, carryOver);
    return { instance: next, history: { keep: 0, append: [] }, send: [...send, start] };
  }

  for (const { event } of done) execution.append(event);
  if (completion) execution.append(completedEvent(completion, now));
  execution.append({ EventType: EventType.OrchestratorCompleted, ...stampAt(now) });
  return {
    instance: completion
      ? { ...instance, status: completion.status, output: completion.result }
      : { ...instance, status: isSuspended ? "Suspended" : "Running" },
    history: { keep: execution.stored, append: execution.unstored },
    send: completion ? [...send, ...reportEnd(current, completion)] : send,
  };
}

function reportEnd(
  instance: Instance,
  completion: Exclude<Completion, { status: "ContinuedAsNew" }>,
): NewMessage[] {
  const { status, result } = completion;
  if (status === "Completed") return reportToParent(instance.parent, { ok: true, result });
  const { details, failureDetails } = status === "Failed" ? completion : { details: "" };
  return reportToParent(instance.parent, {
    ok: false,
    reason: result ?? "",
    details,
    failureDetails,
  });
}

function completedEvent(completion: Completion, now: string): HistoryEvent {
  return {
    EventType: EventType.ExecutionCompleted,
    OrchestrationStatus: completion.status,
    Result: completion.result,
    ...stampAt(now),
  };
}

function limitCustomStatus(result: OngoingResult, { name }: Instance): OngoingResult {
  const { customStatus } = customStatusOf(result.state);
  // Whole kilobytes of UTF-16, as the extension counts them.
  const size = Math.floor(((customStatus ?? "").length * 2) / 1024);
  if (size <= MOST_CUSTOM_STATUS_KB) return result;
  const state = new OrchestrationFailure(
    `Orchestrator function '${name}' failed: The UTF-16 size of the JSON-serialized payload must not exceed ` +
      `${MOST_CUSTOM_STATUS_KB} KB. The current payload size is ${size} KB.`,
  );
  return { ...result, state, decisions: [], completion: failed(state) };
}

/** No status says nothing: the one before stays, as in Azure. */
function customStatusOf(
  state: OrchestratorState | OrchestrationFailure,
): Partial<Pick<Instance, "customStatus">> {
  if (state instanceof OrchestrationFailure) return {};
  if (state.customStatus === undefined || state.customStatus === null) return {};
  return { customStatus: JSON.stringify(state.customStatus) };
}
