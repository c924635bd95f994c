import { randomUUID } from "node:crypto";

import { isoTime } from "../../../program/clock/clock.ts";
import { EventType, type Happening } from "../history.ts";
import { entityId, hasEnded, type Instance } from "../instance.ts";
import { messageTo } from "../message.ts";
import { startMessage } from "../start-message.ts";
import { newId } from "../new-id.ts";
import type { TaskHub } from "../task-hub.ts";

export interface StartRequest {
  readonly name: string;
  readonly instanceId: string | undefined;
  /** JSON text. */
  readonly input: string | null;
  readonly version: string | undefined;
}

/** The request cannot be met; `message` is for its sender. */
export class RefusedOperation extends Error {
  override readonly name = "RefusedOperation";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const LONGEST_INSTANCE_ID = 256;
const FORBIDDEN_IN_INSTANCE_ID = /[/\\#?\p{Cc}]/u;

/** What clients may ask of a task hub (the extension's `DurableClient`). */
export class ClientOperations {
  readonly #hub: TaskHub;

  constructor(hub: TaskHub) {
    this.#hub = hub;
  }

  /**
   * @returns the instance id
   * @throws {RefusedOperation} if the function or the id is not valid, or if the instance has not ended
   */
  start({ name, instanceId = newId(), input, version }: StartRequest): string {
    const fn = this.#hub.app.functions.find(name, "orchestrator");
    if (!fn)
      throw new RefusedOperation(400, this.#hub.app.functions.explainMissing(name, "orchestrator"));
    checkInstanceId(instanceId);
    const there = this.#hub.store.instance(instanceId);
    // The extension's default, `overridableExistingInstanceStates: NonRunningStates`.
    if (there && !hasEnded(there)) {
      throw new RefusedOperation(
        500,
        `An Orchestration instance with the status ${there.status} already exists.`,
      );
    }

    const now = isoTime(this.#hub.clock);
    const instance: Instance = {
      id: instanceId,
      executionId: newId(),
      name,
      version: version ?? this.#hub.settings.defaultVersion ?? "",
      status: "Pending",
      input,
      output: null,
      customStatus: null,
      createdAt: now,
      updatedAt: now,
      parent: null,
    };
    this.#hub.commit({
      consumed: this.#hub.takeWaiting(instanceId).map((message) => message.sequence),
      instance,
      history: { keep: 0, append: [] },
      send: [startMessage(instance, [])],
    });
    return instanceId;
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
      throw new RefusedOperation(
        412,
        "The rewind operation is only supported on failed orchestration instances.",
      );
    }
    const message = messageTo(instance.id, { kind: "rewind", reason, parent: null });
    this.#hub.commit({ consumed: [], send: [message] });
  }

  /** @returns the id of the new instance */
  restart(instance: Instance, withNewId: boolean): string {
    const { name, input, version } = instance;
    return this.start({ name, input, version, instanceId: withNewId ? undefined : instance.id });
  }

  /** @param input JSON text */
  signalEntity(name: string, key: string, operation: string, input: string | undefined): void {
    const request = {
      op: operation,
      id: randomUUID(),
      signal: true,
      ...(input === undefined ? {} : { input }),
    };
    this.#hub.commit({
      consumed: [],
      send: [messageTo(entityId(name, key), { kind: "operation", request })],
    });
  }

  #tell(instance: Instance, event: Happening): void {
    if (hasEnded(instance)) throw new RefusedOperation(410, "The instance has ended.");
    const message = messageTo(instance.id, { kind: "event", executionId: null, event });
    this.#hub.commit({ consumed: [], send: [message] });
  }
}

function checkInstanceId(id: string): void {
  if (id.length === 0 || id.length > LONGEST_INSTANCE_ID) {
    throw new RefusedOperation(400, `Instance IDs have 1 to ${LONGEST_INSTANCE_ID} characters.`);
  }
  if (id.startsWith("@")) {
    throw new RefusedOperation(400, "Instance IDs must not begin with '@': entities do.");
  }
  if (FORBIDDEN_IN_INSTANCE_ID.test(id)) {
    throw new RefusedOperation(
      400,
      "Instance IDs must not contain '/', '\\', '#', '?' or control characters.",
    );
  }
}

function wrongState(operation: string, instance: Instance): RefusedOperation {
  if (hasEnded(instance)) return new RefusedOperation(410, "The instance has ended.");
  return new RefusedOperation(
    500,
    `Cannot ${operation} orchestration instance in the ${instance.status} state.`,
  );
}
