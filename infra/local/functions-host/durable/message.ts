import { z } from "zod";

import { Happening, RaisedEvent } from "./history.ts";
import { ParentInstance } from "./instance.ts";

/** A request to an entity; the JSON is what DurableTask writes (`RequestMessage`). */
export const EntityRequest = z.object({
  op: z.string(),
  id: z.string(),
  signal: z.boolean().optional(),
  /** JSON text. */
  input: z.string().optional(),
  /** The orchestration that waits for the answer. */
  parent: z.string().optional(),
  parentExecution: z.string().optional(),
});
export type EntityRequest = z.infer<typeof EntityRequest>;

export const MessageBody = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("start"),
    executionId: z.string(),
    name: z.string(),
    version: z.string(),
    input: z.string().nullable(),
    parent: ParentInstance.nullable(),
    /** Events that reached the execution before, after it had asked to continue as new. */
    carryOver: z.array(RaisedEvent),
  }),
  z.object({
    kind: z.literal("event"),
    /** The execution it is meant for; null means whichever one there is. */
    executionId: z.string().nullable(),
    event: Happening,
  }),
  z.object({
    kind: z.literal("rewind"),
    reason: z.string().nullable(),
    /** When the parent was rewound too: where to report from now on. */
    parent: ParentInstance.nullable(),
  }),
  z.object({
    kind: z.literal("activity"),
    executionId: z.string(),
    taskId: z.number(),
    name: z.string(),
    /** A JSON array with the one input. */
    input: z.string(),
  }),
  z.object({ kind: z.literal("operation"), request: EntityRequest }),
]);
export type MessageBody = z.infer<typeof MessageBody>;
export type BodyOf<Kind extends MessageBody["kind"]> = Extract<MessageBody, { kind: Kind }>;

export interface NewMessage {
  /** An instance or an entity. */
  readonly to: string;
  /** Not to be delivered before, in milliseconds since 1970; null means at once. */
  readonly due: number | null;
  readonly body: MessageBody;
}

/** A stored message. They are delivered in the order of their sequence. */
export interface Message extends NewMessage {
  readonly sequence: number;
}

export function messageTo(to: string, body: MessageBody, due: number | null = null): NewMessage {
  return { to, due, body };
}
