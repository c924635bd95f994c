import type { OrchestrationContext, Task } from "durable-functions";

import type { Durable } from "../../orchestrations/durable.ts";

type Orchestration = (context: OrchestrationContext) => Durable<unknown>;

/** One thing the orchestration asked the host to do. */
export type Command =
  | {
      readonly kind: "activity" | "orchestration" | "entity";
      readonly name: string;
      readonly input: unknown;
      readonly instanceId?: string;
    }
  | { readonly kind: "timer"; readonly ms: number };

export interface Script {
  readonly input: unknown;
  readonly instanceId?: string;
  /** Answers per activity, sub-orchestration or `entity.operation`; throw to fail it. */
  readonly answers?: Readonly<Record<string, (input: never) => unknown>>;
  /** Numbers of the sleeps (from 0) that a wake event ends at once. */
  readonly wakes?: readonly number[];
}

export interface Run {
  readonly commands: readonly Command[];
  /** Names of activities, sub-orchestrations and entity operations in their order. */
  readonly steps: readonly string[];
  readonly statuses: readonly unknown[];
  readonly continuedAsNew: unknown;
  /** Virtual time the run took; nothing really waits. */
  readonly elapsedMs: number;
  readonly cancelledTimers: number;
  readonly output?: unknown;
  readonly error?: unknown;
}

export const START = Date.parse("2026-01-01T00:00:00Z");

/**
 * Runs an orchestration to its end on a virtual clock, with scripted answers.
 *
 * It then replays the recorded answers into a fresh generator, as the host does after every await, and
 * throws if the second pass asks for anything else: every orchestration test is also a determinism test.
 */
export async function runOrchestration(orchestration: Orchestration, script: Script): Promise<Run> {
  const answers: Answer[] = [];
  const run = await drive(orchestration, script, async (command) => {
    const answer = await ask(command, script);
    answers.push(answer);
    return answer;
  });

  let position = 0;
  const replay = await drive(orchestration, script, () => {
    const answer = answers[position++];
    if (!answer) throw new Error("Replay asked for more than the first pass did");
    return Promise.resolve(answer);
  });
  if (JSON.stringify(replay.commands) !== JSON.stringify(run.commands)) {
    throw new Error("Not deterministic: the replay issued different commands");
  }
  return run;
}

type Answer = { readonly value: unknown } | { readonly error: unknown };

async function ask(command: Command, script: Script): Promise<Answer> {
  if (command.kind === "timer") return { value: undefined };

  const answer = script.answers?.[command.name];
  if (!answer) return { error: new Error(`No answer scripted for ${command.name}`) };
  try {
    const value: unknown = await answer(toWire(command.input) as never);
    return { value: toWire(value) };
  } catch (error) {
    return { error };
  }
}

async function drive(
  orchestration: Orchestration,
  script: Script,
  answerTo: (command: Command) => Promise<Answer>,
): Promise<Run> {
  const host = fakeHost(script);
  const steps = orchestration(host.context);

  let end: { output: unknown } | { error: unknown };
  try {
    let step = steps.next();
    while (!step.done) {
      const asked = step.value as unknown as Asked;
      const command = asked.command;
      const answer = await answerTo(command);
      if (asked.any) {
        step = steps.next(host.sleep(asked));
      } else {
        step = "error" in answer ? steps.throw(answer.error) : steps.next(answer.value);
      }
    }
    end = { output: step.value };
  } catch (error) {
    end = { error };
  }
  return { ...host.report(), ...end };
}

interface Asked {
  readonly command: Command;
  /** Set for a race between a timer and a wake event. */
  readonly any?: { readonly timer: unknown; readonly wake: unknown };
}

function fakeHost(script: Script) {
  const commands: Command[] = [];
  const statuses: unknown[] = [];
  let clock = START;
  let sleeps = 0;
  let cancelledTimers = 0;
  let continuedAsNew: unknown;

  function issue(command: Command): Task {
    commands.push(command);
    return { command } as unknown as Task;
  }

  const df = {
    instanceId: script.instanceId ?? "test-run",
    getInput: () => toWire(script.input),
    callActivityWithRetry: (name: string, _retry: unknown, input: unknown) =>
      issue({ kind: "activity", name, input }),
    callSubOrchestrator: (name: string, input: unknown, instanceId: string) =>
      issue({ kind: "orchestration", name, input, instanceId }),
    callEntity: (id: { name: string; key: string }, operation: string, input: unknown) =>
      issue({ kind: "entity", name: `${id.name}.${operation}`, input, instanceId: id.key }),
    createTimer: (fireAt: Date) => ({
      ms: fireAt.getTime() - clock,
      cancel: () => void cancelledTimers++,
    }),
    waitForExternalEvent: (name: string) => ({ event: name }),
    Task: {
      any: ([timer, wake]: [{ ms: number }, unknown]) => {
        const command: Command = { kind: "timer", ms: timer.ms };
        commands.push(command);
        return { command, any: { timer, wake } };
      },
    },
    setCustomStatus: (status: unknown) => void statuses.push(status),
    continueAsNew: (next: unknown) => {
      continuedAsNew = toWire(next);
    },
    get currentUtcDateTime() {
      return new Date(clock);
    },
  };

  return {
    context: { df } as unknown as OrchestrationContext,
    /** @returns the task that wins */
    sleep: ({ command, any }: Asked): unknown => {
      const woken = script.wakes?.includes(sleeps++);
      if (!woken && command.kind === "timer") clock += command.ms;
      return woken ? any?.wake : any?.timer;
    },
    report: () => ({
      commands,
      steps: commands.flatMap((command) => (command.kind === "timer" ? [] : [command.name])),
      statuses,
      continuedAsNew,
      elapsedMs: clock - START,
      cancelledTimers,
    }),
  };
}

/** What an activity or a sub-orchestration answers on the wire. */
export function ok(value: unknown = null): unknown {
  return { ok: true, value };
}

export function failed(code: string, message = "no", details?: string[]): unknown {
  return { ok: false, failure: { code, message, ...(details && { details }) } };
}

/** Everything between functions is JSON; a test must not pass on a live object. */
function toWire(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}
