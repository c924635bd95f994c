import type { FunctionApp } from "../app/function-app.ts";
import { type Clock, isoTime } from "../../program/clock/clock.ts";
import type { Ids } from "../ids.ts";
import { admit } from "./admission.ts";
import { carryOut } from "./carry-out.ts";
import type { ExecutionCache } from "./execution-cache.ts";
import { EventType, type HistoryEvent, stampAt } from "./history.ts";
import type { Instance } from "./instance.ts";
import { LoadedExecution } from "./loaded-execution.ts";
import type { Message, NewMessage } from "./message.ts";
import { reportToParent } from "./report-to-parent.ts";
import type { OrchestratorState } from "./replay/action.ts";
import { OrchestrationFailure } from "./replay/failure.ts";
import type { OngoingResult } from "./replay/ongoing-replay.ts";
import { type Completion, failed } from "./replay/replay.ts";
import { runOrchestrator } from "./run-orchestrator.ts";
import { startMessage } from "./start-message.ts";
import type { Store, WorkItem } from "./store/store.ts";

export interface OrchestrationStepContext {
  readonly app: FunctionApp;
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly executions: ExecutionCache;
  readonly defaultVersion: string;
}

/** What an episode changes, and the history to keep at hand once that is stored. */
export interface OrchestrationStep {
  readonly work: WorkItem;
  readonly execution?: LoadedExecution;
}

/** The extension's limit, in UTF-16. */
const CUSTOM_STATUS_BYTES = 16 * 1024;

/**
 * One episode: takes a batch of messages in, runs the orchestrator, and says what changes.
 *
 * @returns undefined if the instance's first message has not come yet: the others wait for it
 */
export async function stepOrchestration(
  id: string,
  batch: readonly Message[],
  context: OrchestrationStepContext,
): Promise<OrchestrationStep | undefined> {
  const { app, store, clock, ids } = context;
  const consumed = batch.map((message) => message.sequence);
  const now = isoTime(clock);
  const instance = store.instance(id);
  const loaded = instance && loadExecution(instance, context);
  const admitted = admit({ instance, execution: loaded, batch, now, ids });
  if (admitted.isEarly) return undefined;
  const { execution } = admitted;
  if (!admitted.instance || !execution || !admitted.isDue) {
    // What was loaded is as the store has it, unless it is a new beginning.
    const unchanged = loaded && loaded === execution ? { execution: loaded } : {};
    return { work: { consumed, send: admitted.send }, ...unchanged };
  }

  const current = admitted.instance;
  execution.append({ EventType: EventType.OrchestratorStarted, ...stampAt(now) });
  for (const event of admitted.fresh) execution.append(event);
  const answer = await runOrchestrator(app, current, execution.texts);
  const { executionId, name: orchestrator } = current;
  const result = limitCustomStatus(
    execution.replay.next(
      answer,
      execution.events,
      { instanceId: id, executionId, orchestrator },
      app.functions,
    ),
  );
  if (store.instance(id)?.executionId !== instance?.executionId) {
    // Purged, or started anew after that, while the function ran.
    return { work: { consumed, send: [] } };
  }
  const concluded = conclude(current, execution, result, context);
  const work = { ...concluded, consumed, send: [...admitted.send, ...concluded.send] };
  const goesOn = result.completion === undefined;
  return goesOn ? { work, execution } : { work };
}

function loadExecution(
  { id, executionId }: Instance,
  { store, executions }: OrchestrationStepContext,
): LoadedExecution {
  return (
    executions.take(id, executionId) ?? LoadedExecution.fromStore(executionId, store.history(id))
  );
}

function conclude(
  current: Instance,
  execution: LoadedExecution,
  { completion, decisions, carryOver, isSuspended, state }: OngoingResult,
  { clock, ids, defaultVersion }: OrchestrationStepContext,
): Omit<WorkItem, "consumed"> {
  const now = isoTime(clock);
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
  const details = status === "Failed" ? completion.details : "";
  return reportToParent(instance.parent, { ok: false, reason: result ?? "", details });
}

function completedEvent(completion: Completion, now: string): HistoryEvent {
  return {
    EventType: EventType.ExecutionCompleted,
    OrchestrationStatus: completion.status,
    Result: completion.result,
    ...stampAt(now),
  };
}

function limitCustomStatus(result: OngoingResult): OngoingResult {
  const { customStatus } = customStatusOf(result.state);
  if ((customStatus ?? "").length * 2 <= CUSTOM_STATUS_BYTES) return result;
  const state = new OrchestrationFailure(
    "The size of the JSON-serialized payload of the custom status must not exceed 16 KB of UTF-16 text.",
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
