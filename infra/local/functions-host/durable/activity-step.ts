import type { FunctionApp } from "../app/function-app.ts";
import type { AppFunction } from "../app/function-lookup.ts";
import { textData, type TypedData, valueOf } from "../app/rpc.ts";
import type { Ids } from "../ids.ts";
import type { Log } from "../log.ts";
import { ActivityError } from "./activity-error.ts";
import { activityFailure } from "./activity-failure.ts";
import { EventType, type Happening } from "./history.ts";
import { runHttpActivity } from "./http-activity.ts";
import { type BodyOf, type Message, messageTo, type NewMessage } from "./message.ts";
import { HTTP_ACTIVITY } from "./replay/http-call.ts";

interface ActivityContext {
  readonly app: FunctionApp;
  readonly log: Log;
  readonly ids: Ids;
  /** A fault: it fails without being called. */
  readonly isToFail: boolean;
}

/** Runs an activity function. @returns the message with its result or its failure */
export async function runActivity(
  message: Message,
  activity: BodyOf<"activity">,
  context: ActivityContext,
): Promise<NewMessage> {
  const { log } = context;
  const event = await settle(message.to, activity, context);
  if (event.EventType === EventType.TaskFailed) {
    log.write("error", `Function.${activity.name}`, event.Reason);
  }
  const { executionId } = activity;
  return messageTo(message.to, { kind: "event", executionId, event });
}

async function settle(
  instanceId: string,
  activity: BodyOf<"activity">,
  context: ActivityContext,
): Promise<Happening> {
  const { taskId: TaskScheduledId, name } = activity;
  try {
    if (context.isToFail) throw new Error("This call was made to fail (--fault).");
    const result = await run(instanceId, activity, context);
    const Result = result === undefined || result === null ? null : JSON.stringify(result);
    return { EventType: EventType.TaskCompleted, TaskScheduledId, Result };
  } catch (error) {
    return { EventType: EventType.TaskFailed, TaskScheduledId, ...activityFailure(name, error) };
  }
}

async function run(
  instanceId: string,
  { name, input }: BodyOf<"activity">,
  { app, ids }: ActivityContext,
): Promise<unknown> {
  const args: unknown = JSON.parse(input);
  const value: unknown = Array.isArray(args) ? args[0] : undefined;
  if (name === HTTP_ACTIVITY) return runHttpActivity(value);

  const fn = app.functions.find(name, "activity");
  if (!fn) throw new ActivityError(app.functions.explainMissing(name, "activity"));
  const data = toActivityInput(value);
  const { returnValue } = await app.invoke(fn, {
    data,
    triggerMetadata: triggerMetadataOf(instanceId, fn, data, ids),
  });
  return valueOf(returnValue);
}

function triggerMetadataOf(instanceId: string, fn: AppFunction, data: TypedData | null, ids: Ids) {
  return {
    instanceId: textData(instanceId),
    data,
    [fn.triggerName]: data,
    sys: { json: JSON.stringify({ MethodName: fn.name, RandGuid: ids.uuid() }) },
  };
}

/** `MessagePayloadDataConverter` to a string parameter: a boolean arrives as .NET's "True" or "False". */
function toActivityInput(value: unknown): TypedData | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return textData(value);
  if (typeof value === "boolean") return { string: value ? "True" : "False" };
  return { string: JSON.stringify(value) };
}
