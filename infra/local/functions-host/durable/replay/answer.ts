import { OrchestratorState } from "./action.ts";
import { OrchestrationFailure } from "./failure.ts";

export interface Answer {
  readonly state: OrchestratorState | OrchestrationFailure;
  /** The actions as JSON text, without the brackets around them. */
  readonly actions: string;
}

/** @param text what an orchestrator function returned */
export function readAnswer(text: string, { orchestrator }: { orchestrator: string }): Answer {
  const value = parseText(text);
  const parsed = OrchestratorState.safeParse(value);
  if (!parsed.success) {
    const state = new OrchestrationFailure(
      `Orchestrator function '${orchestrator}' returned what this host cannot read: ${parsed.error.message}`,
    );
    return { state, actions: "" };
  }
  // Written again from what was read, not from what the schema kept of it: the text must be the same.
  return { state: parsed.data, actions: JSON.stringify(actionsOf(value)).slice(1, -1) };
}

function actionsOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("actions" in value)) return [];
  return (Array.isArray(value.actions) && value.actions[0]) || [];
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
