import type { DurableKind, FunctionLookup } from "../../app/function-lookup.ts";
import { parseEntityId } from "../instance.ts";
import type {
  Action,
  ActivityAction,
  CompoundAction,
  EntityAction,
  SubOrchestrationAction,
} from "./action.ts";
import { OrchestrationFailure } from "./failure.ts";
import { callHttp } from "./http-call.ts";
import type { ReplayContext } from "./replay-context.ts";
import { callWithRetry } from "./retry.ts";
import { Task, whenAll, whenAny } from "./task.ts";
import { startTimer } from "./timer.ts";

/** Does what one action asks for, as the extension's `OutOfProcOrchestrationShim` does. */
export function invokeAction(
  action: Action,
  context: ReplayContext,
  functions: FunctionLookup,
): Task {
  if (isActivity(action)) return invokeActivity(action, context, functions);
  if (isSubOrchestration(action)) return invokeSubOrchestration(action, context, functions);
  if (isCompound(action)) return invokeCompound(action, context, functions);
  return invokeOther(action, context, functions);
}

function isActivity(action: Action): action is ActivityAction {
  return action.actionType === 0 || action.actionType === 1;
}

function isSubOrchestration(action: Action): action is SubOrchestrationAction {
  return action.actionType === 2 || action.actionType === 3;
}

function isCompound(action: Action): action is CompoundAction {
  return action.actionType === 11 || action.actionType === 12;
}

type OtherAction = Exclude<Action, ActivityAction | SubOrchestrationAction | CompoundAction>;

function invokeOther(action: OtherAction, context: ReplayContext, functions: FunctionLookup): Task {
  switch (action.actionType) {
    case 4:
      context.next = { input: toJson(action.input) };
      return Task.resolved();
    case 5:
      return startTimer(context, Date.parse(action.fireAt), action.isCanceled ?? false);
    case 6:
      return context.waitForEvent(action.externalEventName);
    case 8:
      return callHttp(context, action.httpRequest);
    case 7:
    case 9:
      return invokeEntity(action, context, functions);
  }
}

function invokeActivity(
  action: ActivityAction,
  context: ReplayContext,
  functions: FunctionLookup,
): Task {
  const { functionName, input, retryOptions } = action;
  requireFunction(functions, functionName, "activity");
  const call = (): Task => context.callActivity(functionName, input);
  return retryOptions ? callWithRetry(context, retryOptions, call) : call();
}

function invokeSubOrchestration(
  action: SubOrchestrationAction,
  context: ReplayContext,
  functions: FunctionLookup,
): Task {
  const { functionName, instanceId, input, retryOptions, version } = action;
  requireFunction(functions, functionName, "orchestrator");
  if (instanceId) checkSubOrchestrationId(instanceId, context);
  const call = (): Task =>
    context.callSubOrchestration(
      functionName,
      instanceId || undefined,
      toJson(input),
      version ?? undefined,
    );
  return retryOptions ? callWithRetry(context, retryOptions, call) : call();
}

function invokeCompound(
  action: CompoundAction,
  context: ReplayContext,
  functions: FunctionLookup,
): Task {
  const tasks = action.compoundActions.map((child) => invokeAction(child, context, functions));
  return action.actionType === 11 ? whenAny(tasks) : whenAll(tasks);
}

function invokeEntity(
  action: EntityAction,
  context: ReplayContext,
  functions: FunctionLookup,
): Task {
  requireFunction(functions, parseEntityId(action.instanceId).name, "entity");
  const isSignal = action.actionType === 9;
  const input = toJson(action.input);
  let requestId = "";
  context.sendEvent(action.instanceId, "op", (eventId) => {
    requestId = context.requestId(eventId);
    return {
      op: action.operation,
      id: requestId,
      ...(input === null ? {} : { input }),
      ...(isSignal ? { signal: true } : {}),
      parent: context.execution.instanceId,
      parentExecution: context.execution.executionId,
    };
  });
  return isSignal ? Task.resolved() : context.waitForEvent(requestId);
}

function checkSubOrchestrationId(id: string, { execution }: ReplayContext): void {
  if (id.startsWith("@")) {
    throw new OrchestrationFailure(
      "Orchestration instance ids must not begin with '@': entities' do.",
    );
  }
  if (id === execution.instanceId) {
    throw new OrchestrationFailure(`Instance '${id}' cannot be its own sub-orchestration.`);
  }
}

function requireFunction(functions: FunctionLookup, name: string, kind: DurableKind): void {
  if (functions.find(name, kind)) return;
  throw new OrchestrationFailure(functions.explainMissing(name, kind));
}

/** Null and undefined are "no input", not the JSON text `null`. */
function toJson(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
