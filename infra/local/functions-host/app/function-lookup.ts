import type { Binding, Callback, FunctionMetadata } from "./core-api.ts";

/** The host compares binding types and function names without case. */
const TRIGGER_OF = {
  orchestrator: "orchestrationtrigger",
  activity: "activitytrigger",
  entity: "entitytrigger",
} as const;
export type DurableKind = keyof typeof TRIGGER_OF;

export interface AppFunction {
  /** Unlike the name, unique even if two functions differ only by case. */
  readonly id: string;
  readonly name: string;
  readonly metadata: FunctionMetadata;
  readonly callback: Callback;
  /** The key of the trigger among the bindings. */
  readonly triggerName: string;
  /** In lower case. */
  readonly triggerType: string;
  readonly trigger: Binding;
}

export class FunctionLookup {
  readonly all: readonly AppFunction[];
  readonly #byKind = new Map<string, AppFunction>();

  constructor(functions: readonly AppFunction[]) {
    this.all = functions;
    for (const fn of functions) this.#byKind.set(keyOf(fn.triggerType, fn.name), fn);
  }

  ofType(triggerType: string): AppFunction[] {
    return this.all.filter((fn) => fn.triggerType === triggerType.toLowerCase());
  }

  find(name: string, kind: DurableKind): AppFunction | undefined {
    return this.#byKind.get(keyOf(TRIGGER_OF[kind], name));
  }

  /** The extension's own words: people search for them. */
  explainMissing(name: string, kind: DurableKind): string {
    const known = this.ofType(TRIGGER_OF[kind]).map((fn) => `'${fn.name}'`);
    return (
      `The function '${name}' doesn't exist, is disabled, or is not an ${kind} function. Additional info: ` +
      (known.length > 0
        ? `The following are the known ${kind} functions: ${known.join(", ")}.`
        : `No ${kind} functions are currently registered!`)
    );
  }
}

function keyOf(triggerType: string, name: string): string {
  return `${triggerType}/${name.toLowerCase()}`;
}
