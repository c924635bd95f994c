import { EventType, type Happening, type HistoryEvent, stampAt } from "./history.ts";
import { hasEnded, type Instance } from "./instance.ts";
import { type BodyOf, type Message, messageTo, type NewMessage } from "./message.ts";
import { newId } from "./new-id.ts";
import { reportToParent } from "./report-to-parent.ts";
import { rewindHistory } from "./rewind.ts";

/** An instance with the messages of one batch taken in, before its orchestrator has run. */
export interface Admitted {
  readonly instance: Instance | undefined;
  readonly history: readonly HistoryEvent[];
  /** How many events at the beginning of `history` are stored already. */
  readonly stored: number;
  /** What is new to the orchestrator. */
  readonly fresh: readonly HistoryEvent[];
  readonly send: readonly NewMessage[];
  /** False if nothing that came concerns this execution. */
  readonly isDue: boolean;
}

/**
 * Takes a batch of messages in.
 *
 * Dropped are: messages to an execution that is over, to an instance that has ended, and a second
 * completion of the same task, which a crash between an activity's end and its commit can cause.
 */
export function admit(
  instance: Instance | undefined,
  history: readonly HistoryEvent[],
  batch: readonly Message[],
  now: string,
): Admitted {
  const admission = new Admission(instance, history, now);
  for (const message of batch) admission.take(message);
  return admission.result();
}

class Admission {
  #instance: Instance | undefined;
  #history: readonly HistoryEvent[];
  #stored: number;
  #fresh: HistoryEvent[] = [];
  #isRewound = false;
  readonly #send: NewMessage[] = [];
  readonly #settled: Set<string>;
  readonly #now: string;

  constructor(instance: Instance | undefined, history: readonly HistoryEvent[], now: string) {
    this.#instance = instance;
    this.#history = history;
    this.#stored = history.length;
    this.#settled = new Set(history.flatMap((event) => settlementOf(event) ?? []));
    this.#now = now;
  }

  take({ to, body }: Message): void {
    if (body.kind === "start") this.#takeStart(to, body);
    else if (body.kind === "event") this.#takeEvent(body);
    else if (body.kind === "rewind") this.#takeRewind(body);
  }

  result(): Admitted {
    return {
      instance: this.#instance,
      history: this.#history,
      stored: this.#stored,
      fresh: this.#fresh,
      send: this.#send,
      isDue: this.#fresh.length > 0 || this.#isRewound,
    };
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
    this.#history = [];
    this.#stored = 0;
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
    const settlement = settlementOf(event);
    if (settlement !== undefined) {
      if (this.#settled.has(settlement)) return;
      this.#settled.add(settlement);
    }
    this.#fresh.push({ ...event, ...stampAt(this.#now) });
  }

  #takeRewind({ parent }: BodyOf<"rewind">): void {
    if (this.#instance?.status !== "Failed") return;
    const executionId = newId();
    const rewound = rewindHistory(this.#history, executionId);
    this.#history = rewound.history;
    this.#stored = 0;
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

/** Which task an event settles, if any. */
function settlementOf(event: Happening | HistoryEvent): string | undefined {
  if ("TaskScheduledId" in event) return `task ${event.TaskScheduledId}`;
  if ("TimerId" in event) return `timer ${event.TimerId}`;
  return undefined;
}
