import type { RaisedEvent } from "./history.ts";
import type { Instance } from "./instance.ts";
import { messageTo, type NewMessage } from "./message.ts";

/** Begins the execution that the instance's record speaks of. */
export function startMessage(instance: Instance, carryOver: readonly RaisedEvent[]): NewMessage {
  const { id, executionId, name, version, input, parent } = instance;
  const body = { executionId, name, version, input, parent, carryOver: [...carryOver] };
  return messageTo(id, { kind: "start", ...body });
}
