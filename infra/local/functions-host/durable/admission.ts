import type { Ids } from "../ids.ts";
import { EventType, type Happening, type HistoryEvent, stampAt } from "./history.ts";
import { hasEnded, type Instance } from "./instance.ts";
import { LoadedExecution, settledBy } from "./loaded-execution.ts";
import { type BodyOf, type Message, messageTo, type NewMessage } from "./message.ts";
import { reportToParent } from "./report-to-parent.ts";
import { rewindHistory } from "./rewind.ts";

export interface Arrival {
  readonly instance: Instance | undefined;
  /** What the store has of the instance's execution. */
  readonly execution: LoadedExecution | undefined;
  readonly batch: readonly Message[];
  readonly now: string;
  readonly ids: Ids;
}

/** An instance with the messages of one batch taken in, before its orchestrator has run. */
export interface Admitted {
  readonly instance: Instance | undefined;
  /** The one that arrived, or a new one if another execution begins here. */
  readonly execution: LoadedExecution | undefined;
  /** What is new to the orchestrator. */
  readonly fresh: readonly HistoryEvent[];
  readonly send: readonly NewMessage[];
  /** False if nothing that came concerns this execution. */
  readonly isDue: boolean;
  /** The message that begins the execution has not come yet. */
  readonly isEarly: boolean;
}

/**
 * Takes a batch of messages in.
 *
 * Dropped are: messages to an execution that is over, to an instance that has ended, and a second
 * completion of the same task, which a crash between an activity's end and its commit can cause.
 */
export function admit(arrival: Arrival): Admitted {
  const admission = new Admission(arrival);
  for (const message of arrival.batch) admission.take(message);
  return admission.result();
}

class Admission {
  #instance: Instance | undefined;
  #execution: LoadedExecution | undefined;
  #fresh: HistoryEvent[] = [];
  #isRewound = false;
  readonly #send: NewMessage[] = [];
  /** Tasks that end with this batch. */
  readonly #settled = new Set<number>();
  readonly #now: string;
  readonly #ids: Ids;

  constructor({ instance, execution, now, ids }: Arrival) {
    this.#instance = instance;
    this.#execution = execution;
    this.#now = now;
    this.#ids = ids;
  }

  take({ to, body }: Message): void {
    if (body.kind === "start") this.#takeStart(to, body);
    else if (body.kind === "event") this.#takeEvent(body);
    else if (body.kind === "rewind") this.#takeRewind(body);
  }

  result(): Admitted {
    const isDue = this.#fresh.length > 0 || this.#isRewound;
    return {
      instance: this.#instance,
      execution: this.#execution,
      fresh: this.#fresh,
      send: this.#send,
      isDue,
      isEarly: isDue && !this.#hasBegun(),
    };
  }

  #hasBegun(): boolean {
    const [first] = this.#fresh;
    return (
      (this.#execution?.events.length ?? 0) > 0 || first?.EventType === EventType.ExecutionStarted
    );
  }

  #takeStart(id: string, start: BodyOf<"start">): void {
    const there = this.#instance;
    const isAwaited = there?.executionId === start.executionId;
    if (there && !isAwaited && !hasEnded(there)) {
      const reason = `An Orchestration instance with the same id '${id}' already exists.`;
      this.#send.push(...reportToParent(start.parent, { ok: false, reason, details: "" }));
      return;
    }
    const instance = there && isAwaited ? there : this.#create(id, start);
    // Events that were waiting for an execution which is over have no one to go to.
    const waiting = isAwaited ? this.#fresh : [];
    this.#instance = instance;
    this.#execution = new LoadedExecution(instance.executionId);
    this.#settled.clear();
    this.#fresh = [
      { ...startedEvent(instance), ...stampAt(this.#now) },
      ...start.carryOver.map((event) => ({ ...event, ...stampAt(this.#now) })),
      ...waiting,
    ];
  }

  #takeEvent({ executionId, event }: BodyOf<"event">): void {
    const instance = this.#instance;
    if (!instance || hasEnded(instance)) return;
    if (executionId !== null && executionId !== instance.executionId) return;
    const settled = settledBy(event);
    if (settled !== undefined) {
      if (this.#settled.has(settled) || this.#execution?.hasSettled(settled)) return;
      this.#settled.add(settled);
    }
    this.#fresh.push({ ...event, ...stampAt(this.#now) });
  }

  #takeRewind({ parent }: BodyOf<"rewind">): void {
    if (this.#instance?.status !== "Failed") return;
    const executionId = this.#ids.instance();
    const rewound = rewindHistory(this.#execution?.events ?? [], executionId);
    this.#execution = new LoadedExecution(executionId, rewound.history);
    this.#isRewound = true;
    this.#instance = {
      ...this.#instance,
      executionId,
      status: "Running",
      output: null,
      parent: parent ?? this.#instance.parent,
    };
    for (const { taskId, instanceId } of rewound.subOrchestrations) {
      const own = { instanceId: this.#instance.id, executionId, taskId };
      this.#send.push(messageTo(instanceId, { kind: "rewind", reason: null, parent: own }));
    }
  }

  #create(id: string, start: BodyOf<"start">): Instance {
    const { executionId, name, version, input, parent } = start;
    const [createdAt, updatedAt] = [this.#now, this.#now];
    const fresh = { status: "Pending", output: null, customStatus: null } as const;
    return { id, executionId, name, version, input, parent, createdAt, updatedAt, ...fresh };
  }
}

function startedEvent(instance: Instance): Happening {
  const { id, executionId, name, version, input, parent } = instance;
  return {
    EventType: EventType.ExecutionStarted,
    OrchestrationInstance: { InstanceId: id, ExecutionId: executionId },
    ParentInstance: parent && {
      TaskScheduleId: parent.taskId,
      OrchestrationInstance: {
        InstanceId: parent.instanceId,
        ExecutionId: parent.executionId,
      },
    },
    Name: name,
    Version: version,
    Input: input,
    Tags: null,
  };
}
