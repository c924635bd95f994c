import type { FunctionApp } from "../app/function-app.ts";
import { type Clock, isoTime } from "../../program/clock/clock.ts";
import { admit, type Admitted } from "./admission.ts";
import { carryOut } from "./carry-out.ts";
import { EventType, type HistoryEvent, stampAt } from "./history.ts";
import type { Instance } from "./instance.ts";
import type { Message, NewMessage } from "./message.ts";
import { newId } from "./new-id.ts";
import { reportToParent } from "./report-to-parent.ts";
import type { OrchestratorState } from "./replay/action.ts";
import { OrchestrationFailure } from "./replay/failure.ts";
import { type Completion, replay, type ReplayResult } from "./replay/replay.ts";
import { runOrchestrator } from "./run-orchestrator.ts";
import { startMessage } from "./start-message.ts";
import type { Store, WorkItem } from "./store/store.ts";

export interface OrchestrationStepContext {
  readonly app: FunctionApp;
  readonly store: Store;
  readonly clock: Clock;
  readonly defaultVersion: string;
}

/** The extension's limit, in UTF-16. */
const CUSTOM_STATUS_BYTES = 16 * 1024;

/** One episode: takes a batch of messages in, runs the orchestrator, and says what changes. */
export async function stepOrchestration(
  id: string,
  batch: readonly Message[],
  context: OrchestrationStepContext,
): Promise<WorkItem> {
  const { app, store, clock } = context;
  const consumed = batch.map((message) => message.sequence);
  const now = isoTime(clock);
  const instance = store.instance(id);
  const admitted = admit(instance, instance ? store.history(id) : [], batch, now);
  if (!admitted.instance || !admitted.isDue) return { consumed, send: admitted.send };

  const current = admitted.instance;
  const history = [...admitted.history, startOfEpisode(now), ...admitted.fresh];
  const state = limitCustomStatus(await runOrchestrator(app, current, history));
  const execution = {
    instanceId: id,
    executionId: current.executionId,
    orchestrator: current.name,
  };
  const result = replay(history, state, execution, app.functions);
  if (store.instance(id)?.executionId !== instance?.executionId) {
    // Purged, or started anew after that, while the function ran.
    return { consumed, send: [] };
  }
  return { consumed, ...conclude(admitted, current, history, state, result, context) };
}

function conclude(
  admitted: Admitted,
  current: Instance,
  history: readonly HistoryEvent[],
  state: OrchestratorState | OrchestrationFailure,
  result: ReplayResult,
  { clock, defaultVersion }: OrchestrationStepContext,
): Omit<WorkItem, "consumed"> {
  const now = isoTime(clock);
  const done = result.decisions.map((decision) => carryOut(decision, current, now, defaultVersion));
  const send = [...admitted.send, ...done.map(({ message }) => message)];
  const instance = { ...current, updatedAt: now, ...customStatusOf(state) };
  const { completion } = result;

  if (completion?.status === "ContinuedAsNew") {
    const next: Instance = {
      ...instance,
      executionId: newId(),
      status: "Running",
      input: completion.result,
    };
    const start = startMessage(next, result.carryOver);
    return { instance: next, history: { keep: 0, append: [] }, send: [...send, start] };
  }

  const append = [
    ...history.slice(admitted.stored),
    ...done.map(({ event }) => event),
    ...(completion ? [completedEvent(completion, now)] : []),
    { EventType: EventType.OrchestratorCompleted, ...stampAt(now) },
  ];
  return {
    instance: completion
      ? { ...instance, status: completion.status, output: completion.result }
      : { ...instance, status: result.isSuspended ? "Suspended" : "Running" },
    history: { keep: admitted.stored, append },
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

function startOfEpisode(now: string): HistoryEvent {
  return { EventType: EventType.OrchestratorStarted, ...stampAt(now) };
}

function completedEvent(completion: Completion, now: string): HistoryEvent {
  return {
    EventType: EventType.ExecutionCompleted,
    OrchestrationStatus: completion.status,
    Result: completion.result,
    ...stampAt(now),
  };
}

function limitCustomStatus(
  state: OrchestratorState | OrchestrationFailure,
): OrchestratorState | OrchestrationFailure {
  const { customStatus } = customStatusOf(state);
  if ((customStatus ?? "").length * 2 <= CUSTOM_STATUS_BYTES) return state;
  return new OrchestrationFailure(
    "The size of the JSON-serialized payload of the custom status must not exceed 16 KB of UTF-16 text.",
  );
}

/** No status says nothing: the one before stays, as in Azure. */
function customStatusOf(
  state: OrchestratorState | OrchestrationFailure,
): Partial<Pick<Instance, "customStatus">> {
  if (state instanceof OrchestrationFailure) return {};
  if (state.customStatus === undefined || state.customStatus === null) return {};
  return { customStatus: JSON.stringify(state.customStatus) };
}
