import { describe, expect, test } from "vitest";

import { until } from "./support/until.ts";
import { useHost } from "./support/use-host.ts";

const CONTINUATION = "x-ms-continuation-token";

const { host, client } = useHost("commonjs-app");

/** What the app's own durable client says. */
async function ask(method: string, ...args: unknown[]): Promise<Record<string, unknown>> {
  const response = await fetch(`${host.url}/api/client/${method}`, {
    method: "POST",
    body: JSON.stringify(args),
  });
  return (await response.json()) as Record<string, unknown>;
}

async function startWaiting(id: string): Promise<void> {
  await client.start("waiting", { from: id }, id);
  await client.statusWhen(id, ({ customStatus }) => customStatus === "waiting");
}

/** All pages, each as its ids. */
async function pagesOf(path: string, toId: (item: never) => unknown): Promise<unknown[][]> {
  const pages: unknown[][] = [];
  let token = "";
  do {
    const response = await client.call("GET", path, undefined, { [CONTINUATION]: token });
    pages.push(((await response.json()) as never[]).map(toId));
    token = response.headers.get(CONTINUATION) ?? "";
  } while (token !== "");
  return pages;
}

describe("a list of instances", () => {
  test("comes in pages of 100 unless `top` says otherwise, and the app's client reads all of them", async () => {
    const ids = Array.from({ length: 101 }, (_, n) => `many-${String(n).padStart(3, "0")}`);
    for (const id of ids) await client.start("greetTwo", null, id);

    const whole = await pagesOf("instances/?instanceIdPrefix=many-", idOf);
    const small = await pagesOf("instances?instanceIdPrefix=many-00&top=4", idOf);
    const all = await ask("getStatusAll");

    expect(whole.map((page) => page.length)).toEqual([100, 1]);
    expect(small.map((page) => page.length)).toEqual([4, 4, 2]);
    expect(small.flat()).toEqual(ids.slice(0, 10));
    const seen = (all["result"] as { instanceId: string }[]).map(({ instanceId }) => instanceId);
    expect(seen.filter((id) => id.startsWith("many-"))).toEqual(ids);
  });

  test.each(["0", "-1", "x", "1e300", "99999999999", ""])(
    "is not cut by a `top` of %j",
    async (top) => {
      const id = `uncut-by-${top}`;
      await startWaiting(id);

      const pages = await pagesOf(`instances/?instanceIdPrefix=${id}&top=${top}`, idOf);

      expect(pages[0]?.[0]).toBe(id);
      expect(pages).toHaveLength(1);
    },
  );

  test("begins anew with a continuation token that nobody gave", async () => {
    await startWaiting("token");
    const path = "instances/?instanceIdPrefix=token";

    const response = await client.call("GET", path, undefined, { [CONTINUATION]: "%%%" });

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject([{ instanceId: "token" }]);
  });

  test("is filtered by status in words or numbers, and by nothing if no word is known", async () => {
    await startWaiting("state-running");
    await client.start("greetTwo", null, "state-completed");
    await client.ended("state-completed");
    const find = (filter: string): Promise<unknown[][]> =>
      pagesOf(`instances/?instanceIdPrefix=state-&${filter}`, idOf);

    const found = await Promise.all(
      [
        "runtimeStatus=Running",
        "runtimeStatus=0",
        "runtimeStatus=Failed,Completed",
        "runtimeStatus=Failed&runtimeStatus=Running",
        "runtimeStatus=ContinuedAsNew",
        "runtimeStatus=Sleeping",
        "createdTimeFrom=2999-01-01",
        "createdTimeTo=2999-01-01",
        "createdTimeFrom=yesterday",
      ].map(find),
    );

    const both = ["state-completed", "state-running"];
    expect(found.map((pages) => pages.flat())).toEqual([
      ["state-running"],
      ["state-running"],
      ["state-completed"],
      ["state-running"],
      [],
      both,
      [],
      both,
      both,
    ]);
  });

  test("shows inputs unless they are not wanted", async () => {
    await startWaiting("listed");
    const path = "instances/?instanceIdPrefix=listed";

    const shown = await client.call("GET", path);
    const hidden = await client.call("GET", `${path}&showInput=false`);

    expect(await shown.json()).toMatchObject([{ input: { from: "listed" } }]);
    expect(await hidden.json()).toMatchObject([{ input: null }]);
  });

  test("is filtered by the app's client", async () => {
    await startWaiting("by-client");
    const filter = { createdTimeFrom: "2020-01-01T00:00:00Z", runtimeStatus: ["Failed"] };

    expect(await ask("getStatusBy", filter)).toEqual({ result: [] });
  });
});

describe("a list of entities", () => {
  test("comes in pages, by name, by time, and with states if they are wanted", async () => {
    for (const key of ["a", "b", "c"]) {
      await client.call("POST", `entities/Counter/${key}?op=set`, { key });
    }
    await client.call("POST", "entities/Batches/z?op=x", 1);
    await until("all are there", async () => {
      const pages = await pagesOf("entities", entityOf);
      return pages.flat().length === 4;
    });

    const paged = await pagesOf("entities/COUNTER?top=2", entityOf);
    const states = await client.call("GET", "entities/counter?fetchState=true&top=1");
    const later = await pagesOf("entities?lastOperationTimeFrom=2999-01-01", entityOf);
    const earlier = await pagesOf("entities?lastOperationTimeTo=2000-01-01", entityOf);

    expect(paged).toEqual([["counter a", "counter b"], ["counter c"]]);
    expect(await states.json()).toEqual([
      {
        entityId: { name: "counter", key: "a" },
        lastOperationTime: expect.stringMatching(/Z$/),
        state: { key: "a" },
      },
    ]);
    expect([...later, ...earlier]).toEqual([[], []]);
  });

  test("has an entity with an empty key, which the path calls $", async () => {
    await client.call("POST", "entities/Counter?op=set", "no key");

    const state = await until("it has its state", async () => {
      const response = await client.call("GET", "entities/counter/$");
      return response.status === 200 && response.json();
    });

    expect(state).toBe("no key");
  });
});

function idOf({ instanceId }: { instanceId: string }): string {
  return instanceId;
}

function entityOf({ entityId }: { entityId: { name: string; key: string } }): string {
  return `${entityId.name} ${entityId.key}`;
}
