import type { Log } from "../log.ts";
import type {
  AppRegistrations,
  Callback,
  CoreInvocationContext,
  InvocationModel,
  ProgrammingModel,
} from "./core-api.ts";
import type { AppFunction } from "./function-lookup.ts";
import type { BoundInvocation, InvocationBindings } from "./invocation-bindings.ts";
import type { NamedInvocation } from "./invocation.ts";
import { runLogHooks, writeFunctionLine } from "./log-hooks.ts";
import type { InvocationResponse, TypedData } from "./rpc.ts";
import { createTraceContext } from "./trace-context.ts";

export interface InvocationEnvironment {
  readonly model: ProgrammingModel;
  readonly hooks: AppRegistrations["hooks"];
  readonly appHookData: object;
  readonly log: Log;
  /** JSON. */
  readonly durableClient: string;
  readonly bindings: InvocationBindings;
}

/** What the hooks of one invocation share. */
interface HookSurroundings {
  readonly hookData: object;
  readonly appHookData: object;
  invocationContext: object | undefined;
}

/** What the worker does on an `InvocationRequest` (azure-functions-nodejs-worker, InvocationHandler.ts). */
export async function invokeFunction(
  fn: AppFunction,
  invocation: NamedInvocation,
  environment: InvocationEnvironment,
): Promise<InvocationResponse> {
  const { appHookData, hooks } = environment;
  const shared: HookSurroundings = { hookData: {}, appHookData, invocationContext: undefined };
  const bound = await environment.bindings.bind(fn, invocation);
  const core = createCoreContext(fn, invocation, environment, { shared, bound });
  const model = environment.model.getInvocationModel(core);
  const { context, inputs } = await model.getArguments();
  shared.invocationContext = context;

  const pre = { ...shared, inputs, functionCallback: fn.callback };
  core.state = "preInvocationHooks";
  for (const hook of hooks.preInvocation) await hook(pre);

  core.state = "invocation";
  const outcome = await attempt(model, context, pre.inputs, pre.functionCallback);

  const post = { ...shared, inputs: pre.inputs, ...outcome };
  core.state = "postInvocationHooks";
  for (const hook of hooks.postInvocation) await hook(post);
  core.state = undefined;

  // A hook may replace either: an error that it cleared is none.
  if (post.error !== null && post.error !== undefined) throw post.error;
  invocation.onResult?.(post.result);
  const response = await model.getResponse(context, post.result);
  await bound?.send(response);
  return response;
}

async function attempt(
  model: InvocationModel,
  context: object,
  inputs: unknown[],
  callback: Callback,
): Promise<{ result: unknown; error: unknown }> {
  try {
    return { result: await model.invokeFunction(context, inputs, callback), error: null };
  } catch (error) {
    return { result: null, error: error ?? new Error("The function threw nothing.") };
  }
}

function createCoreContext(
  fn: AppFunction,
  invocation: NamedInvocation,
  { durableClient, hooks, log }: InvocationEnvironment,
  { shared, bound }: { shared: HookSurroundings; bound: BoundInvocation | undefined },
): CoreInvocationContext {
  const { id: invocationId } = invocation;
  return {
    invocationId,
    state: undefined,
    metadata: { ...fn.metadata, functionId: fn.id },
    request: {
      invocationId,
      functionId: fn.id,
      inputData: inputDataOf(fn, invocation.data, bound, durableClient),
      triggerMetadata: invocation.triggerMetadata ?? {},
      retryContext: invocation.retry ?? null,
      traceContext: createTraceContext(invocationId, invocation.trace),
    },
    log(level, category, message) {
      const line = runLogHooks(hooks.log, { level, category, message }, shared);
      writeFunctionLine(log, fn.name, line, invocationId);
    },
  };
}

function inputDataOf(
  fn: AppFunction,
  trigger: TypedData | null,
  bound: BoundInvocation | undefined,
  durableClient: string,
): { name: string; data: TypedData | null }[] {
  return Object.entries(fn.metadata.bindings)
    .filter(([, binding]) => binding.direction === "in")
    .map(([name]) => {
      if (name === fn.triggerName) return { name, data: trigger };
      const own = bound?.inputs.get(name);
      return { name, data: own === undefined ? { string: durableClient } : own };
    });
}
