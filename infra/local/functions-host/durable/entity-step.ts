import { z } from "zod";

import type { FunctionApp } from "../app/function-app.ts";
import { valueOf } from "../app/rpc.ts";
import { type Clock, isoTime } from "../../program/clock/clock.ts";
import { EventType } from "./history.ts";
import { type Entity, entityId, parseEntityId } from "./instance.ts";
import { type EntityRequest, type Message, messageTo, type NewMessage } from "./message.ts";
import { guidFromName } from "./replay/name-guid.ts";
import type { Store, WorkItem } from "./store/store.ts";
import { reasonOf } from "../../program/reason-of.ts";

/** What the entity function returns for a batch (lib/src/entities/EntityState.js). */
const EntityResult = z.object({
  entityExists: z.boolean(),
  entityState: z.string().nullish(),
  results: z.array(z.object({ isError: z.boolean(), result: z.string().nullish() }).nullable()),
  signals: z.array(
    z.object({
      target: z.object({ name: z.string(), key: z.string() }),
      name: z.string(),
      input: z.string().nullish(),
    }),
  ),
});
type EntityResult = z.infer<typeof EntityResult>;

export interface EntityStepContext {
  readonly app: FunctionApp;
  readonly store: Store;
  readonly clock: Clock;
}

/** How many requests an entity remembers: more than can be on their way to it twice. */
const MOST_RECENT = 100;

/**
 * Runs a batch of operations in one call of the entity function, and says what changes.
 *
 * A request that comes twice runs once, as with the extension's `MessageSorter`: its id is remembered with
 * the state, so that what it did and that it was done are one commit.
 */
export async function stepEntity(
  id: string,
  batch: readonly Message[],
  { app, store, clock }: EntityStepContext,
): Promise<WorkItem> {
  const consumed = batch.map((message) => message.sequence);
  const before = store.entity(id);
  const requests = newRequests(batch, before?.recent ?? []);
  if (requests.length === 0) return { consumed, send: [] };

  const updatedAt = isoTime(clock);
  const ids = requests.map((request) => request.id);
  const recent = [...(before?.recent ?? []), ...ids].slice(-MOST_RECENT);
  try {
    const result = await runEntity(id, before, requests, app);
    const state = result.entityState ?? null;
    const signals = result.signals.map((signal, index) => {
      return toSignal(signal, guidFromName(`${ids.join()}/${index}`));
    });
    return {
      consumed,
      entity: { id, exists: result.entityExists, state, updatedAt, recent },
      send: [...answersOf(requests, result), ...signals],
    };
  } catch (error) {
    // The function itself failed, not one of its operations: the state stays as it was.
    const message = reasonOf(error);
    const failure = { isError: true, result: JSON.stringify(message) };
    const unchanged = { id, exists: false, state: null, ...before, updatedAt, recent };
    return {
      consumed,
      entity: unchanged,
      send: requests.flatMap((request) => answer(request, failure)),
    };
  }
}

function newRequests(batch: readonly Message[], recent: readonly string[]): EntityRequest[] {
  const known = new Set(recent);
  return batch.flatMap(({ body }) => {
    if (body.kind !== "operation" || known.has(body.request.id)) return [];
    known.add(body.request.id);
    return [body.request];
  });
}

async function runEntity(
  id: string,
  before: Entity | undefined,
  requests: readonly EntityRequest[],
  app: FunctionApp,
): Promise<EntityResult> {
  const self = parseEntityId(id);
  const fn = app.functions.find(self.name, "entity");
  if (!fn) throw new Error(app.functions.explainMissing(self.name, "entity"));
  const binding = {
    self,
    exists: before?.exists ?? false,
    state: before?.state ?? null,
    batch: requests.map(({ op, input, signal }) => ({
      name: op,
      input: input ?? null,
      isSignal: signal ?? false,
    })),
  };
  const { returnValue } = await app.invoke(fn, { data: { string: JSON.stringify(binding) } });
  return EntityResult.parse(valueOf(returnValue));
}

/** Results stand by position: the library writes one per operation. */
function answersOf(requests: readonly EntityRequest[], { results }: EntityResult): NewMessage[] {
  return requests.flatMap((request, index) => answer(request, results[index] ?? null));
}

function answer(request: EntityRequest, result: EntityResult["results"][number]): NewMessage[] {
  const { id, signal, parent, parentExecution } = request;
  if (signal || parent === undefined) return [];
  const response = {
    result: result?.result ?? null,
    ...(result?.isError ? { exceptionType: "Error" } : {}),
  };
  return [
    messageTo(parent, {
      kind: "event",
      executionId: parentExecution ?? null,
      event: { EventType: EventType.EventRaised, Name: id, Input: JSON.stringify(response) },
    }),
  ];
}

/** The library gives a signal the id of the request that made it: two signals of one request need their own. */
function toSignal(
  { target, name, input }: EntityResult["signals"][number],
  requestId: string,
): NewMessage {
  const request: EntityRequest = {
    op: name,
    id: requestId,
    signal: true,
    ...(input ? { input } : {}),
  };
  return messageTo(entityId(target.name, target.key), { kind: "operation", request });
}
