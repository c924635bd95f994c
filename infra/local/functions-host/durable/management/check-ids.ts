import { Refusal } from "./refusal.ts";

const LONGEST_INSTANCE_ID = 256;
const FORBIDDEN = /[/\\#?\p{Cc}]/u;

/**
 * The extension passes these texts as the name of a parameter, and so they come out as one.
 *
 * @throws {Refusal} as `DurableClient.StartNewAsync`
 */
export function checkInstanceId(id: string): void {
  if (id.startsWith("@")) {
    throw badArgument("instanceId", "Orchestration instance ids must not start with @.");
  }
  if (FORBIDDEN.test(id)) {
    throw badArgument(
      "instanceId",
      "Orchestration instance ids must not contain /, \\, #, ?, or control characters.",
    );
  }
  if (id.length > LONGEST_INSTANCE_ID) {
    throw Refusal.error(
      400,
      `Instance ID lengths must not exceed ${LONGEST_INSTANCE_ID} characters.`,
    );
  }
}

/** @throws {Refusal} as `DurableClient.SignalEntityAsync` */
export function checkEntityKey(key: string): void {
  if (!FORBIDDEN.test(key)) return;
  throw badArgument(
    "entityKey",
    "Entity keys must not contain /, \\, #, ?, or control characters.",
  );
}

function badArgument(message: string, parameter: string): Refusal {
  return Refusal.error(400, `${message} (Parameter '${parameter}')`);
}
