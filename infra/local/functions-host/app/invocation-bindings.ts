import type { AppFunction } from "./function-lookup.ts";
import type { Invocation } from "./invocation.ts";
import type { InvocationResponse, TypedData } from "./rpc.ts";

/** The inputs and outputs that functions have besides their triggers. */
export interface InvocationBindings {
  /** @returns undefined for a function that has none, so that its calls cost nothing more */
  bind(fn: AppFunction, invocation: Invocation): Promise<BoundInvocation> | undefined;
}

export interface BoundInvocation {
  /** By the binding's name. */
  readonly inputs: ReadonlyMap<string, TypedData | null>;
  /** Sends what the function gave. @throws if that fails: the invocation has failed then */
  send(response: InvocationResponse): Promise<void>;
}
