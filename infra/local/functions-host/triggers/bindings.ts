import { UsageError } from "../../program/usage-error.ts";
import type { Binding } from "../app/core-api.ts";
import type { AppFunction, FunctionLookup } from "../app/function-lookup.ts";
import type { InvocationBindings } from "../app/invocation-bindings.ts";
import { createBlobInput } from "./blob-input.ts";
import { createBlobOutput } from "./blob-output.ts";
import { createBlobTriggers } from "./blob-trigger.ts";
import {
  bindInvocation,
  type BindingParts,
  type BoundFunction,
  type MakeInput,
  type MakeOutput,
} from "./bound-function.ts";
import { createEventGridOutput } from "./event-grid-output.ts";
import { createEventGridTriggers } from "./event-grid-trigger.ts";
import { createQueueOutput } from "./queue-output.ts";
import { createQueueTrigger } from "./queue-trigger.ts";
import { TimerTrigger } from "./timer-trigger.ts";
import type { MadeTriggers, TriggerParts } from "./trigger.ts";

/** Another part of the host serves it. */
const ELSEWHERE = "elsewhere";

type MakeTriggers = (functions: readonly AppFunction[], parts: TriggerParts) => MadeTriggers;

/** Every binding that there is, by its type in lower case: what is not here is refused. */
const TRIGGERS = new Map<string, MakeTriggers | typeof ELSEWHERE>([
  ["httptrigger", ELSEWHERE],
  ["orchestrationtrigger", ELSEWHERE],
  ["activitytrigger", ELSEWHERE],
  ["entitytrigger", ELSEWHERE],
  // Runs on an instance that is added to others (HostWarmupMiddleware.cs): there is but one here.
  ["warmuptrigger", ELSEWHERE],
  ["timertrigger", oneByOne((fn, parts) => new TimerTrigger(fn, parts))],
  ["queuetrigger", oneByOne(createQueueTrigger)],
  ["blobtrigger", createBlobTriggers],
  ["eventgridtrigger", createEventGridTriggers],
]);

const INPUTS = new Map<string, MakeInput | typeof ELSEWHERE>([
  ["durableclient", ELSEWHERE],
  ["orchestrationclient", ELSEWHERE],
  ["blob", createBlobInput],
]);

const OUTPUTS = new Map<string, MakeOutput | typeof ELSEWHERE>([
  ["http", ELSEWHERE],
  ["queue", createQueueOutput],
  ["blob", createBlobOutput],
  ["eventgrid", createEventGridOutput],
]);

function oneByOne(
  make: (fn: AppFunction, parts: TriggerParts) => MadeTriggers["triggers"][number],
): MakeTriggers {
  return (functions, parts) => ({
    triggers: functions.map((fn) => make(fn, parts)),
    webhooks: [],
  });
}

/** @throws {UsageError} naming each binding that this host has no part for */
export function refuseUnknownBindings(functions: readonly AppFunction[]): void {
  const unknown = functions.flatMap((fn) =>
    Object.entries(fn.metadata.bindings)
      .filter(([name, binding]) => !isKnown(binding, name === fn.triggerName))
      .map(([name, binding]) => `  function '${fn.name}': ${binding.type} (binding '${name}')`),
  );
  if (unknown.length === 0) return;
  throw new UsageError(
    `This host has no such binding:\n${unknown.join("\n")}\n` +
      "It knows the HTTP, timer, storage queue, blob, Event Grid, warm-up and durable triggers, blob inputs and durable clients, " +
      "and HTTP, storage queue, blob and Event Grid outputs. " +
      "To run the rest of the app, set AzureWebJobs.<function>.Disabled to true for these functions.",
  );
}

function isKnown({ type, direction }: Binding, isTrigger: boolean): boolean {
  const lower = type.toLowerCase();
  if (isTrigger) return TRIGGERS.has(lower);
  return direction === "out" ? OUTPUTS.has(lower) : INPUTS.has(lower);
}

/** @throws {UsageError} if a trigger's binding is not right */
export function createTriggers(
  functions: FunctionLookup,
  parts: TriggerParts,
): Required<MadeTriggers> {
  const made = [...TRIGGERS].flatMap(([type, make]) =>
    make === ELSEWHERE ? [] : [make(functions.ofType(type), parts)],
  );
  return {
    triggers: made.flatMap(({ triggers }) => triggers),
    webhooks: made.flatMap(({ webhooks }) => webhooks),
    runs: new Map(made.flatMap(({ runs = new Map() }) => [...runs])),
  };
}

/** @throws {UsageError} if the binding of an input or an output is not right */
export function createBindings(
  functions: readonly AppFunction[],
  parts: BindingParts,
): InvocationBindings {
  const bound = new Map(
    functions
      .map((fn) => bindFunction(fn, parts))
      .filter(({ inputs, outputs }) => inputs.size + outputs.size > 0)
      .map((boundFunction) => [boundFunction.fn.id, boundFunction]),
  );
  return {
    bind(fn, invocation) {
      const boundFunction = bound.get(fn.id);
      return boundFunction && bindInvocation(boundFunction, invocation, parts);
    },
  };
}

function bindFunction(fn: AppFunction, parts: BindingParts): BoundFunction {
  const others = Object.entries(fn.metadata.bindings)
    .filter(([name]) => name !== fn.triggerName)
    .map(([name, binding]) => ({ fn, name, binding }));
  const inputs = others.flatMap((named) => {
    const make = named.binding.direction === "out" ? undefined : INPUTS.get(typeOf(named));
    return make === undefined || make === ELSEWHERE
      ? []
      : [[named.name, make(named, parts)] as const];
  });
  const outputs = others.flatMap((named) => {
    const make = named.binding.direction === "out" ? OUTPUTS.get(typeOf(named)) : undefined;
    return make === undefined || make === ELSEWHERE
      ? []
      : [[named.name, make(named, parts)] as const];
  });
  return { fn, inputs: new Map(inputs), outputs: new Map(outputs) };
}

function typeOf({ binding }: { readonly binding: Binding }): string {
  return binding.type.toLowerCase();
}
