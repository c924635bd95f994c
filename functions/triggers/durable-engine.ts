import { type DurableClient, OrchestrationRuntimeStatus } from "durable-functions";

import { WAKE_EVENT } from "../../shared/contracts/orchestrations.ts";
import { TransientError } from "../../shared/errors.ts";
import type { Engine } from "../../shared/ports/engine.ts";

// The client's errors are plain Errors with a text (durable-functions 3.5, DurableClient.js): the only
// place that reads such texts. From their beginning, because what follows may quote an instance's id.
const ALREADY_EXISTS = /already exists/i;
const NOT_FOUND =
  /^(?:No instance with ID |DurableClient error: Durable Functions extension replied with HTTP 404 )/;
const LONGEST_REASON = 300;

const ENDED: ReadonlySet<OrchestrationRuntimeStatus> = new Set([
  OrchestrationRuntimeStatus.Completed,
  OrchestrationRuntimeStatus.Failed,
  OrchestrationRuntimeStatus.Terminated,
  OrchestrationRuntimeStatus.Canceled,
]);

/** The `Engine` port on a Durable Functions client. */
export function createDurableEngine(client: DurableClient): Engine {
  const find: Engine["find"] = async (id) => {
    try {
      const { runtimeStatus } = await client.getStatus(id);
      return ENDED.has(runtimeStatus) ? "ended" : "running";
    } catch (error) {
      if (NOT_FOUND.test(textOf(error))) return undefined;
      throw unavailable(`look at ${id}`, error);
    }
  };

  return {
    find,

    async start(name, instanceId, input) {
      try {
        await client.startNew(name, { instanceId, input });
      } catch (error) {
        // The host answers 500 both for this and for real trouble: only the instance tells them apart.
        if (ALREADY_EXISTS.test(textOf(error)) || (await find(instanceId)) === "running") return;
        throw unavailable(`start ${instanceId}`, error);
      }
    },

    async wake(instanceId) {
      try {
        await client.raiseEvent(instanceId, WAKE_EVENT, {});
      } catch (error) {
        if (!NOT_FOUND.test(textOf(error))) throw unavailable(`wake ${instanceId}`, error);
      }
    },
  };
}

/** The engine keeps its state in storage. Not with the error as cause: it holds a URL with the host's key. */
function unavailable(doing: string, error: unknown): TransientError {
  const reason = textOf(error)
    .replaceAll(/\?[^\s"']*/g, "")
    .slice(0, LONGEST_REASON);
  return new TransientError("STORAGE_UNAVAILABLE", `The engine did not ${doing}: ${reason}`);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
