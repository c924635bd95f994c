import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import type { FunctionApp } from "../../../infra/local/functions-host/app/function-app.ts";
import { loadApp } from "../../../infra/local/functions-host/app/load-app.ts";
import { stepEntity } from "../../../infra/local/functions-host/durable/entity-step.ts";
import type {
  EntityRequest,
  Message,
} from "../../../infra/local/functions-host/durable/message.ts";
import { MemoryStore } from "../../../infra/local/functions-host/durable/store/memory-store.ts";
import { createLog } from "../../../infra/local/functions-host/log.ts";
import { systemClock } from "../../../infra/local/program/clock/clock.ts";
import { fixture } from "./support/host-process.ts";

const ENTITY = "@counter@one";

let app: FunctionApp;
let store: MemoryStore;
let lastSequence = 0;

beforeAll(async () => {
  const log = createLog(() => undefined, {});
  app = await loadApp({ root: fixture("commonjs-app"), env: {}, log, durableClient: "{}" });
});

beforeEach(() => {
  store = new MemoryStore();
});

/** What the task hub does with a batch. @returns what is sent */
async function step(id: string, ...requests: readonly EntityRequest[]) {
  const batch = requests.map((request): Message => {
    lastSequence += 1;
    return { sequence: lastSequence, to: id, due: null, body: { kind: "operation", request } };
  });
  const work = await stepEntity(id, batch, { app, store, clock: systemClock });
  store.commit(work);
  return work.send;
}

function add(id: string, amount: number): EntityRequest {
  const parent = { parent: "caller", parentExecution: "1" };
  return { op: "add", id, input: String(amount), ...parent };
}

describe("a request that comes twice", () => {
  test("runs once and is answered once: in one batch, and in a later one", async () => {
    const first = await step(ENTITY, add("a", 1), add("a", 1), add("b", 10));
    const second = await step(ENTITY, add("b", 10), add("c", 100));
    const third = await step(ENTITY, add("a", 1));

    expect(store.entity(ENTITY)?.state).toBe("111");
    expect([first.length, second.length, third.length]).toEqual([2, 1, 0]);
  });

  test("is known until a hundred others have come", async () => {
    await step(ENTITY, add("first", 1));
    const others = Array.from({ length: 99 }, (_, n) => add(`other-${n}`, 0));
    for (let index = 0; index < others.length; index += 33) {
      await step(ENTITY, ...others.slice(index, index + 33));
    }
    await step(ENTITY, add("first", 1));
    const known = store.entity(ENTITY)?.state;
    await step(ENTITY, add("one more", 0));
    await step(ENTITY, add("first", 1));

    expect(known).toBe("1");
    expect(store.entity(ENTITY)?.state).toBe("2");
    expect(store.entity(ENTITY)?.recent).toHaveLength(100);
  });

  test("is known of a function that is not there, too", async () => {
    const first = await step("@nothing@x", add("a", 1));
    const second = await step("@nothing@x", add("a", 1));

    expect([first.length, second.length]).toEqual([1, 0]);
    expect(store.entity("@nothing@x")).toMatchObject({ exists: false, state: null });
  });
});

test("signals have ids of their own, the same if the batch runs again", async () => {
  const request: EntityRequest = { op: "tellTwice", id: "r", signal: true, input: '"target"' };
  const first = await step(ENTITY, request);
  store = new MemoryStore();
  const again = await step(ENTITY, request);

  const ids = first.map(({ body }) => body.kind === "operation" && body.request.id);
  expect(new Set(ids).size).toBe(2);
  expect(again).toEqual(first);
});
