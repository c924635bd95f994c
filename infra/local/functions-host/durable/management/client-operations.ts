import { isoTime } from "../../../program/clock/clock.ts";
import { EventType, type Happening } from "../history.ts";
import { entityId, hasEnded, type Instance } from "../instance.ts";
import { messageTo } from "../message.ts";
import { reportToParent } from "../report-to-parent.ts";
import { startMessage } from "../start-message.ts";
import type { TaskHub } from "../task-hub.ts";
import { checkEntityKey, checkInstanceId } from "./check-ids.ts";
import { Refusal } from "./refusal.ts";

export interface StartRequest {
  readonly name: string;
  readonly instanceId: string | undefined;
  /** JSON text. */
  readonly input: string | null;
  readonly version: string | undefined;
}

/** What clients may ask of a task hub (the extension's `DurableClient`). */
export class ClientOperations {
  readonly #hub: TaskHub;

  constructor(hub: TaskHub) {
    this.#hub = hub;
  }

  /**
   * @returns the instance id
   * @throws {Refusal} if the function or the id is not valid, or if there is an instance that may not be
   *   replaced
   */
  start({ name, instanceId, input, version }: StartRequest): string {
    const { app, ids, store, settings } = this.#hub;
    if (!app.functions.find(name, "orchestrator")) {
      throw Refusal.error(400, app.functions.explainMissing(name, "orchestrator"));
    }
    if (instanceId !== undefined) checkInstanceId(instanceId);
    const id = instanceId ?? ids.instance();
    const there = store.instance(id);
    const running = there && !hasEnded(there) ? there : undefined;
    if (running && settings.overridableExistingInstanceStates !== "AnyState") {
      throw Refusal.unexpected(
        `An Orchestration instance with the status ${running.status} already exists.`,
        "DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException",
      );
    }
    this.#begin(id, { name, input, version }, running);
    return id;
  }

  /** @param input JSON text */
  raiseEvent(instance: Instance, name: string, input: string): void {
    this.#tell(instance, { EventType: EventType.EventRaised, Name: name, Input: input });
  }

  terminate(instance: Instance, reason: string | null): void {
    this.#tell(instance, { EventType: EventType.ExecutionTerminated, Input: reason });
  }

  suspend(instance: Instance, reason: string | null): void {
    if (instance.status === "Suspended") throw wrongState("suspend", instance);
    this.#tell(instance, { EventType: EventType.ExecutionSuspended, Reason: reason });
  }

  resume(instance: Instance, reason: string | null): void {
    if (instance.status !== "Suspended") throw wrongState("resume", instance);
    this.#tell(instance, { EventType: EventType.ExecutionResumed, Reason: reason });
  }

  rewind(instance: Instance, reason: string | null): void {
    if (instance.status !== "Failed") {
      throw Refusal.text(
        412,
        `This orchestration has status ${instance.status}, but only orchestrations in the "Failed" state can be rewound.`,
      );
    }
    const message = messageTo(instance.id, { kind: "rewind", reason, parent: null });
    this.#hub.commit({ consumed: [], send: [message] });
  }

  /**
   * Starts once more with the same input; the version is today's.
   *
   * @returns the id of the new instance
   */
  restart({ id, name, input }: Instance, withNewId: boolean): string {
    const instanceId = withNewId ? undefined : id;
    return this.start({ name, input, instanceId, version: undefined });
  }

  /** @param input JSON text */
  signalEntity(name: string, key: string, operation: string, input: string | undefined): void {
    const { app, ids } = this.#hub;
    checkEntityKey(key);
    if (!app.functions.find(name, "entity")) {
      throw Refusal.error(400, app.functions.explainMissing(name, "entity"));
    }
    const request = {
      op: operation,
      id: ids.uuid(),
      signal: true,
      ...(input === undefined ? {} : { input }),
    };
    this.#hub.commit({
      consumed: [],
      send: [messageTo(entityId(name, key), { kind: "operation", request })],
    });
  }

  #begin(
    id: string,
    { name, input, version }: Omit<StartRequest, "instanceId">,
    replaced: Instance | undefined,
  ): void {
    const { clock, ids, settings } = this.#hub;
    const now = isoTime(clock);
    const instance: Instance = {
      id,
      executionId: ids.instance(),
      name,
      version: version ?? settings.defaultVersion ?? "",
      status: "Pending",
      input,
      output: null,
      customStatus: null,
      createdAt: now,
      updatedAt: now,
      parent: null,
    };
    const reason = `The orchestration '${id}' was replaced by a new one with the same ID.`;
    this.#hub.commit({
      consumed: this.#takeMessages(id, replaced !== undefined),
      instance,
      history: { keep: 0, append: [] },
      send: [
        ...reportToParent(replaced?.parent ?? null, { ok: false, reason, details: "" }),
        startMessage(instance, []),
      ],
    });
  }

  /** @param all also those that are not due yet: timers of an instance that had not ended */
  #takeMessages(id: string, all: boolean): number[] {
    const waiting = this.#hub.takeWaiting(id);
    const taken = all ? this.#hub.store.messages().filter(({ to }) => to === id) : waiting;
    return taken.map(({ sequence }) => sequence);
  }

  #tell(instance: Instance, event: Happening): void {
    if (hasEnded(instance)) throw Refusal.empty(410);
    const message = messageTo(instance.id, { kind: "event", executionId: null, event });
    this.#hub.commit({ consumed: [], send: [message] });
  }
}

function wrongState(operation: string, instance: Instance): Refusal {
  if (hasEnded(instance)) return Refusal.empty(410);
  return Refusal.unexpected(
    `Cannot ${operation} the orchestration instance ${instance.id} because instance is in the ${instance.status} state.`,
  );
}
