import type { Socket } from "node:net";

import { z } from "zod";

import { Agenda } from "./agenda.ts";

// The protocol between the owner of a clock and who lives in its time: one JSON document a line.

/** From a member: who it is (once, first), what it answers, and that it has come to rest after a change. */
export const FromMember = z.union([
  z.strictObject({ name: z.string().min(1).max(100) }),
  z.strictObject({ answer: z.int(), agenda: Agenda.optional() }),
  z.strictObject({ notice: z.literal(true) }),
]);
export type FromMember = z.infer<typeof FromMember>;

/** From the owner. `time` and `ask` are answered under their number. */
export const FromOwner = z.union([
  z.strictObject({ time: z.number(), number: z.int() }),
  z.strictObject({ fire: z.literal(true) }),
  z.strictObject({ ask: z.literal(true), number: z.int() }),
]);
export type FromOwner = z.infer<typeof FromOwner>;

/** No message is nearly as long. */
const LONGEST_LINE = 1024;

/** Cuts what comes into messages; a stranger's line ends the connection. */
export function readMessages<Message>(
  socket: Socket,
  schema: z.ZodType<Message>,
  receive: (message: Message) => void,
): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const message = parse(line, schema);
      if (message === undefined) {
        socket.destroy(new Error("it said something that is no message of a clock"));
        return;
      }
      receive(message);
    }
    if (rest.length > LONGEST_LINE) socket.destroy(new Error("its message is too long"));
  });
}

export function sendMessage(socket: Socket, message: FromMember | FromOwner): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

function parse<Message>(line: string, schema: z.ZodType<Message>): Message | undefined {
  if (line.length > LONGEST_LINE) return undefined;
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
