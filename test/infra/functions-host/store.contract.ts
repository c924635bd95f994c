import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { EventType, stampAt } from "../../../infra/local/functions-host/durable/history.ts";
import type { Instance } from "../../../infra/local/functions-host/durable/instance.ts";
import { messageTo, type NewMessage } from "../../../infra/local/functions-host/durable/message.ts";
import type { Store } from "../../../infra/local/functions-host/durable/store/store.ts";

const TIME = "2030-01-01T00:00:00.000Z";

export function anInstance(id: string, changes: Partial<Instance> = {}): Instance {
  return {
    id,
    executionId: `${id}-execution`,
    name: "tune",
    version: "1.0",
    status: "Running",
    input: '{"a":1}',
    output: null,
    customStatus: null,
    createdAt: TIME,
    updatedAt: TIME,
    parent: null,
    ...changes,
  };
}

export function anEvent(name: string): string {
  return JSON.stringify({
    EventType: EventType.EventRaised,
    Name: name,
    Input: null,
    ...stampAt(TIME),
  });
}

export function aMessage(to: string, due: number | null = null): NewMessage {
  return messageTo(to, { kind: "operation", request: { op: "add", id: "1" } }, due);
}

/** What every store must do. */
export function describeStore(name: string, open: () => Store): void {
  describe(`Store: ${name}`, () => {
    let store: Store;

    beforeEach(() => {
      store = open();
    });

    afterEach(() => {
      store.close();
    });

    test("knows nothing at first", () => {
      expect(store.instance("nobody")).toBeUndefined();
      expect(store.history("nobody")).toEqual([]);
      expect(store.entity("@nobody@1")).toBeUndefined();
      expect(store.instances({})).toEqual([]);
      expect(store.messages()).toEqual([]);
    });

    test("keeps an instance, and replaces it", () => {
      store.commit({ consumed: [], send: [], instance: anInstance("one") });
      store.commit({
        consumed: [],
        send: [],
        instance: anInstance("one", { status: "Completed", output: "1" }),
      });

      expect(store.instance("one")).toEqual(
        anInstance("one", { status: "Completed", output: "1" }),
      );
    });

    test("appends to a history, and cuts it before it appends", () => {
      const instance = anInstance("one");
      const [a, b, c, d] = [anEvent("a"), anEvent("b"), anEvent("c"), anEvent("d")];

      store.commit({ consumed: [], send: [], instance, history: { keep: 0, append: [a, b] } });
      store.commit({ consumed: [], send: [], instance, history: { keep: 2, append: [c] } });
      expect(store.history("one")).toEqual([a, b, c]);

      store.commit({ consumed: [], send: [], instance, history: { keep: 1, append: [d] } });
      expect(store.history("one")).toEqual([a, d]);
    });

    test("keeps the history of an instance that changes without it", () => {
      const history = { keep: 0, append: [anEvent("a")] };
      store.commit({ consumed: [], send: [], instance: anInstance("one"), history });

      store.commit({ consumed: [], send: [], instance: anInstance("one", { status: "Failed" }) });

      expect(store.history("one")).toHaveLength(1);
    });

    test("numbers messages in the order in which they were sent, and never twice", () => {
      const first = store.commit({ consumed: [], send: [aMessage("a"), aMessage("b")] });
      store.commit({ consumed: first.map(({ sequence }) => sequence), send: [] });
      const second = store.commit({ consumed: [], send: [aMessage("c", 17)] });

      expect(first.map(({ to }) => to)).toEqual(["a", "b"]);
      expect(second[0]?.sequence).toBeGreaterThan(first[1]?.sequence ?? Infinity);
      expect(store.messages()).toEqual(second);
    });

    test("takes a message that is consumed twice for consumed", () => {
      const [message] = store.commit({ consumed: [], send: [aMessage("a")] });
      const consumed = [message?.sequence ?? 0];

      store.commit({ consumed, send: [] });

      expect(() => store.commit({ consumed, send: [] })).not.toThrow();
    });

    test("stores nothing of a work item that cannot be stored whole", () => {
      const [message] = store.commit({ consumed: [], send: [aMessage("a")] });
      const broken = { ...aMessage("b"), body: { kind: "operation", request: 1n } };

      expect(() =>
        store.commit({
          consumed: [message?.sequence ?? 0],
          instance: anInstance("half"),
          history: { keep: 0, append: [anEvent("a")] },
          send: [broken as unknown as NewMessage],
        }),
      ).toThrow(/BigInt/);

      expect(store.instance("half")).toBeUndefined();
      expect(store.history("half")).toEqual([]);
      expect(store.messages()).toEqual([message]);
    });

    test("keeps nothing that its callers can change", () => {
      const instance: { -readonly [Key in keyof Instance]: Instance[Key] } = anInstance("one");
      store.commit({ consumed: [], send: [], instance });

      instance.status = "Failed";

      expect(store.instance("one")?.status).toBe("Running");
    });

    test("finds instances by status, time and the beginning of their ids, page by page", () => {
      const at = (day: number): string => `2030-01-0${day}T00:00:00.000Z`;
      const instances = [
        anInstance("b-2", { createdAt: at(2), status: "Failed" }),
        anInstance("b-1", { createdAt: at(1) }),
        anInstance("a-3", { createdAt: at(3) }),
        anInstance("a_%", { createdAt: at(4) }),
      ];
      for (const instance of instances) store.commit({ consumed: [], send: [], instance });
      const ids = (filter: Parameters<Store["instances"]>[0]): string[] =>
        store.instances(filter).map(({ id }) => id);

      expect(ids({})).toEqual(["a-3", "a_%", "b-1", "b-2"]);
      expect(ids({ statuses: ["Failed", "Completed"] })).toEqual(["b-2"]);
      expect(ids({ statuses: [] })).toEqual([]);
      expect(ids({ createdFrom: at(2), createdTo: at(3) })).toEqual(["a-3", "b-2"]);
      expect(ids({ idPrefix: "a_" })).toEqual(["a_%"]);
      expect(ids({ after: "a_%", limit: 1 })).toEqual(["b-1"]);
    });

    test("keeps entities, and lists them by the beginning of their ids", () => {
      const entity = { id: "@counter@a", exists: true, state: "1", updatedAt: TIME };
      store.commit({ consumed: [], send: [], entity: { ...entity, id: "@other@a" } });
      store.commit({ consumed: [], send: [], entity });

      expect(store.entity("@counter@a")).toEqual(entity);
      expect(store.entities("@counter@")).toEqual([entity]);
      expect(store.entities("@")).toHaveLength(2);
    });

    test("purges an instance with its history and the messages to it, and nothing else", () => {
      const history = { keep: 0, append: [anEvent("a")] };
      const send = [aMessage("one"), aMessage("two")];
      store.commit({ consumed: [], send, instance: anInstance("one"), history });
      store.commit({ consumed: [], send: [], instance: anInstance("two"), history });

      expect(store.purge("one")).toBe(true);
      expect(store.purge("one")).toBe(false);

      expect(store.instances({}).map(({ id }) => id)).toEqual(["two"]);
      expect(store.history("one")).toEqual([]);
      expect(store.history("two")).toHaveLength(1);
      expect(store.messages().map(({ to }) => to)).toEqual(["two"]);
    });
  });
}
