import { randomUUID } from "node:crypto";

import type { Log } from "../log.ts";
import type {
  AppRegistrations,
  Callback,
  CoreInvocationContext,
  InvocationModel,
  ProgrammingModel,
} from "./core-api.ts";
import type { AppFunction } from "./function-lookup.ts";
import type { InvocationResponse, RetryContext, TypedData } from "./rpc.ts";

export interface Invocation {
  readonly data: TypedData | null;
  readonly id?: string;
  readonly triggerMetadata?: Readonly<Record<string, TypedData | null>>;
  readonly retry?: RetryContext | undefined;
}

export interface InvocationEnvironment {
  readonly model: ProgrammingModel;
  readonly hooks: AppRegistrations["hooks"];
  readonly appHookData: object;
  readonly log: Log;
  /** JSON. */
  readonly durableClient: string;
}

/** What the worker does on an `InvocationRequest` (azure-functions-nodejs-worker, InvocationHandler.ts). */
export async function invokeFunction(
  fn: AppFunction,
  invocation: Invocation,
  environment: InvocationEnvironment,
): Promise<InvocationResponse> {
  const core = createCoreContext(fn, invocation, environment);
  const model = environment.model.getInvocationModel(core);
  const { context, inputs } = await model.getArguments();
  const hookData = {};

  const pre = {
    hookData,
    appHookData: environment.appHookData,
    invocationContext: context,
    inputs,
    functionCallback: fn.callback,
  };
  core.state = "preInvocationHooks";
  for (const hook of environment.hooks.preInvocation) await hook(pre);

  core.state = "invocation";
  const outcome = await attempt(model, context, pre.inputs, pre.functionCallback);

  const post = {
    hookData,
    appHookData: environment.appHookData,
    invocationContext: context,
    inputs: pre.inputs,
    ...outcome,
  };
  core.state = "postInvocationHooks";
  for (const hook of environment.hooks.postInvocation) await hook(post);
  core.state = undefined;

  // A hook may replace either: an error that it cleared is none.
  if (post.error !== null && post.error !== undefined) throw post.error;
  return model.getResponse(context, post.result);
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
  invocation: Invocation,
  { durableClient, log }: InvocationEnvironment,
): CoreInvocationContext {
  const invocationId = invocation.id ?? randomUUID();
  return {
    invocationId,
    state: undefined,
    metadata: { ...fn.metadata, functionId: fn.id },
    request: {
      invocationId,
      functionId: fn.id,
      inputData: inputDataOf(fn, invocation.data, durableClient),
      triggerMetadata: invocation.triggerMetadata ?? {},
      retryContext: invocation.retry ?? null,
      traceContext: null,
    },
    log(level, category, message) {
      const suffix = category === "user" ? ".User" : "";
      log.write(level, `Function.${fn.name}${suffix}`, message, invocationId);
    },
  };
}

function inputDataOf(fn: AppFunction, data: TypedData | null, durableClient: string) {
  return Object.entries(fn.metadata.bindings)
    .filter(([, binding]) => binding.direction === "in")
    .map(([name]) => ({ name, data: name === fn.triggerName ? data : { string: durableClient } }));
}
