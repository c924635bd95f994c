import type { HistoryEvent } from "../history.ts";
import type { Instance } from "../instance.ts";
import { describeHistory } from "./history-document.ts";
import { tokenOf } from "./token.ts";

export interface StatusOptions {
  readonly showInput: boolean;
  readonly history?: readonly HistoryEvent[] | undefined;
  readonly showHistoryOutput?: boolean;
  /** `storeInputsInOrchestrationHistory`: without it the extension has no inputs of tasks to show. */
  readonly hasTaskInputs?: boolean;
}

/** What the management API says about an instance. All keys are there: durable-functions insists. */
export function statusDocument(instance: Instance, options: StatusOptions) {
  const { showInput, history, showHistoryOutput = false, hasTaskInputs = false } = options;
  return {
    name: instance.name,
    instanceId: instance.id,
    runtimeStatus: instance.status,
    input: showInput ? tokenOf(instance.input) : null,
    customStatus: tokenOf(instance.customStatus),
    output: tokenOf(instance.output),
    createdTime: withoutFraction(instance.createdAt),
    lastUpdatedTime: withoutFraction(instance.updatedAt),
    ...(history
      ? { historyEvents: describeHistory(history, { showInput, showHistoryOutput, hasTaskInputs }) }
      : {}),
  };
}

function withoutFraction(time: string): string {
  return `${time.slice(0, 19)}Z`;
}
