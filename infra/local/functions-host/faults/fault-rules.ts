import { UsageError } from "../../program/usage-error.ts";
import { EventType } from "../durable/history.ts";
import type { Message } from "../durable/message.ts";
import { type CallFault, type Faults, noFaults } from "../durable/faults.ts";

export const FAULT_SYNTAX =
  "fail:<activity>:<n>, hang:<activity>:<n>, twice:<activity>:<n>, delay:result:<n>:<ms>, delay:event:<name>:<n>:<ms>";

const CALL = /^(fail|hang|twice):(.+):([1-9]\d*)$/;
const DELAY = /^delay:(result|event:.+):([1-9]\d*):(\d+)$/;

/**
 * Faults that were named one by one.
 *
 * @param texts `FAULT_SYNTAX`; n counts calls or messages since the start, from 1, names compare without case
 * @throws {UsageError} if one is written differently
 */
export function createFaultRules(texts: readonly string[]): Faults {
  const rules = new Map(texts.map(readRule));
  const countCall = counter();
  const countMessage = counter();
  return {
    ...noFaults,
    call(activity) {
      const rule = rules.get(`call ${countCall(activity)}`);
      return rule === "fail" || rule === "hang" ? rule : "none";
    },
    deliveries(message) {
      const subject = subjectOf(message);
      const rule = subject && rules.get(`message ${countMessage(subject)}`);
      if (rule === "twice") return [0, 0];
      return typeof rule === "number" ? [rule] : noFaults.deliveries(message);
    },
  };
}

/** A delay is its milliseconds. */
type Rule = Exclude<CallFault, "none"> | "twice" | number;

function readRule(text: string): readonly [string, Rule] {
  const [, kind, activity = "", nthCall = ""] = CALL.exec(text) ?? [];
  if (kind === "fail" || kind === "hang") return [`call ${keyOf(activity, nthCall)}`, kind];
  if (kind === "twice") return [`message ${keyOf(activity, nthCall)}`, kind];
  const [, subject, nth = "", milliseconds] = DELAY.exec(text) ?? [];
  if (subject) return [`message ${keyOf(subject, nth)}`, Number(milliseconds)];
  throw new UsageError(`'${text}' is not a fault: use ${FAULT_SYNTAX}, with n from 1.`);
}

/** What a message is, in the words of the rules; undefined if no rule is about it. */
function subjectOf({ body }: Message): string | undefined {
  if (body.kind === "activity") return body.name;
  if (body.kind !== "event") return undefined;
  if (body.event.EventType === EventType.EventRaised) return `event:${body.event.Name}`;
  return "TaskScheduledId" in body.event ? "result" : undefined;
}

function counter(): (subject: string) => string {
  const counts = new Map<string, number>();
  return (subject) => {
    const count = (counts.get(subject.toLowerCase()) ?? 0) + 1;
    counts.set(subject.toLowerCase(), count);
    return keyOf(subject, String(count));
  };
}

function keyOf(subject: string, nth: string): string {
  return `${subject.toLowerCase()}:${nth}`;
}
