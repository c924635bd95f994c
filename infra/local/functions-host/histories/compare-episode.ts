import { EventType, type HistoryEvent } from "../durable/history.ts";
import type { Decision } from "../durable/replay/replay-context.ts";
import type { Completion, ReplayResult } from "../durable/replay/replay.ts";

/** The first thing in which an episode differs from what was saved. */
export interface EpisodeDifference {
  /** The event id of the step; undefined if it is the end of the execution. */
  readonly step: number | undefined;
  readonly expected: string;
  readonly came: string;
}

/** What is compared of a step or of an end: names for people, and values. */
type Facts = Readonly<Record<string, string | null>>;

const NOTHING = "nothing";
const GOES_ON = "it goes on";

/** Compares what the code decides now with what it decided then. */
export function compareEpisode(
  made: readonly HistoryEvent[],
  { decisions, completion }: ReplayResult,
): EpisodeDifference | undefined {
  const steps = made.filter((event) => event.EventType !== EventType.ExecutionCompleted);
  const end = made.find((event) => event.EventType === EventType.ExecutionCompleted);
  return compareSteps(steps, decisions, completion) ?? compareEnds(end, completion);
}

function compareSteps(
  expected: readonly HistoryEvent[],
  came: readonly Decision[],
  completion: Completion | undefined,
): EpisodeDifference | undefined {
  // Where steps are missing, the end that came instead says more than "nothing".
  const instead = completion && came.length < expected.length ? factsOfEnd(completion) : undefined;
  for (let index = 0; index < Math.max(expected.length, came.length); index += 1) {
    const [event, decision] = [expected[index], came[index]];
    const difference = differenceOf(
      event && factsOfEvent(event, namesVersion(decision)),
      decision ? factsOf(decision) : instead,
    );
    if (difference) return { step: event?.EventId ?? decision?.id, ...difference };
  }
  return undefined;
}

function namesVersion(decision: Decision | undefined): boolean {
  return decision?.kind === "sub-orchestration" && decision.version !== undefined;
}

function compareEnds(
  event: HistoryEvent | undefined,
  completion: Completion | undefined,
): EpisodeDifference | undefined {
  const expected =
    event?.EventType === EventType.ExecutionCompleted
      ? { "": event.OrchestrationStatus, result: event.Result }
      : { "": GOES_ON };
  const came = completion ? factsOfEnd(completion) : { "": GOES_ON };
  const difference = differenceOf(expected, came);
  return difference && { step: undefined, ...difference };
}

function differenceOf(
  expected: Facts | undefined,
  came: Facts | undefined,
): Pick<EpisodeDifference, "expected" | "came"> | undefined {
  if (!expected && !came) return undefined;
  if (!expected || !came) return { expected: describe(expected), came: describe(came) };
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(came)])];
  if (keys.every((key) => expected[key] === came[key])) return undefined;
  return { expected: describe(expected), came: describe(came) };
}

/** `activity 'charge', input: [7]` */
function describe(facts: Facts | undefined): string {
  if (!facts) return NOTHING;
  return Object.entries(facts)
    .map(([name, value]) => (name === "" ? String(value) : `${name}: ${value ?? "none"}`))
    .join(", ");
}

function factsOfEnd({ status, result }: Completion): Facts {
  return { "": status, result };
}

function factsOf(decision: Decision): Facts {
  switch (decision.kind) {
    case "activity":
      return { "": `activity '${decision.name}'`, input: decision.input };
    case "timer":
      return { "": "timer", until: decision.fireAt };
    case "sub-orchestration": {
      const { name, instanceId, input, version } = decision;
      return {
        "": `sub-orchestration '${name}'`,
        instance: instanceId,
        input,
        ...(version === undefined ? {} : { version }),
      };
    }
    case "event":
      return { "": `event '${decision.name}'`, to: decision.to, content: decision.data };
  }
}

/** @param withVersion whether the code names one: otherwise it is host.json's, which may change */
function factsOfEvent(event: HistoryEvent, withVersion: boolean): Facts {
  if (event.EventType === EventType.TaskScheduled) {
    return { "": `activity '${event.Name}'`, input: event.Input };
  }
  if (event.EventType === EventType.TimerCreated) return { "": "timer", until: event.FireAt };
  if (event.EventType === EventType.EventSent) {
    return { "": `event '${event.Name}'`, to: event.InstanceId, content: event.Input };
  }
  if (event.EventType === EventType.SubOrchestrationInstanceCreated) {
    return {
      "": `sub-orchestration '${event.Name}'`,
      instance: event.InstanceId,
      input: event.Input,
      ...(withVersion ? { version: event.Version } : {}),
    };
  }
  throw new Error(`An orchestrator does not make events of type ${event.EventType}.`);
}
