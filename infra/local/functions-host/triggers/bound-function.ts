import type { AppFunction } from "../app/function-lookup.ts";
import type { BoundInvocation } from "../app/invocation-bindings.ts";
import type { Invocation } from "../app/invocation.ts";
import type { InvocationResponse, TypedData } from "../app/rpc.ts";
import type { QueueSettings } from "../settings/host-json.ts";
import { bindingDataOf, type World } from "./binding-data.ts";
import type { BindingData } from "./binding-expressions.ts";
import type { NamedBinding } from "./read-binding.ts";
import type { StorageClients } from "./storage-clients.ts";

/** What inputs and outputs are made with. */
export interface BindingParts extends World {
  readonly env: NodeJS.ProcessEnv;
  readonly storage: StorageClients;
  readonly queues: QueueSettings;
}

/** Reads the value of an input. @throws if it has none, and the function cannot run then */
export type Input = (data: BindingData) => Promise<TypedData | null>;

/** Finds out where an output goes, before the function runs. @returns what sends a value there */
export type Output = (data: BindingData) => (value: TypedData) => Promise<void>;

/** @throws {UsageError} if the binding is not right */
export type MakeInput = (named: NamedBinding, parts: BindingParts) => Input;
/** @throws {UsageError} if the binding is not right */
export type MakeOutput = (named: NamedBinding, parts: BindingParts) => Output;

/** A function with the inputs and outputs that it has besides its trigger. */
export interface BoundFunction {
  readonly fn: AppFunction;
  readonly inputs: ReadonlyMap<string, Input>;
  readonly outputs: ReadonlyMap<string, Output>;
}

/**
 * Reads the inputs of one call, and works out where its outputs go: as there, an expression without a value
 * is noticed before the function runs.
 */
export async function bindInvocation(
  { fn, inputs, outputs }: BoundFunction,
  invocation: Invocation,
  world: World,
): Promise<BoundInvocation> {
  const data = bindingDataOf(fn, invocation, world);
  const sends = [...outputs].map(([name, output]) => ({ name, send: output(data) }));
  const values = [...inputs].map(async ([name, input]) => [name, await input(data)] as const);
  return {
    inputs: new Map(await Promise.all(values)),
    async send(response) {
      for (const { name, send } of sends) {
        const value = valueOf(name, response);
        if (value) await send(value);
      }
    },
  };
}

function valueOf(name: string, response: InvocationResponse): TypedData | null | undefined {
  if (name === "$return") return response.returnValue;
  return response.outputData?.find((output) => output.name === name)?.data;
}
