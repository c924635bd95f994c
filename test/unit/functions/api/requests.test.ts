import { describe, expect, test } from "vitest";

import { createRequestRoutes } from "../../../../functions/api/requests.ts";
import { createDatasetUploaded } from "../../../../functions/triggers/dataset-uploaded.ts";
import { RequestList } from "../../../../shared/contracts/http-api.ts";
import { upload } from "../support/arrange.ts";
import { call } from "../support/call.ts";
import { newWorld, type World } from "../support/world.ts";

const THREE = { "support/a.jsonl": "1", "support/b.jsonl": "2", "support/c.csv": "3" };

async function withRequests(): Promise<World> {
  const world = newWorld();
  await upload(world, THREE);
  const unreadable = { id: "m-1", content: { hello: 1 }, isLastTry: false };
  await createDatasetUploaded(world)(unreadable, world.engine);
  return world;
}

describe("GET requests", () => {
  test("lists requests, refused ones too, and what could not be read", async () => {
    const { requests } = await withRequests();

    const answer = await createRequestRoutes(requests).list(call());

    const list = RequestList.parse(answer);
    expect(list.requests.map(({ state }) => state).toSorted()).toEqual([
      "received",
      "received",
      "refused",
    ]);
    expect(list.unreadable).toMatchObject([{ id: "m-1", excerpt: '{"hello":1}' }]);
    expect(list).not.toHaveProperty("next");
  });

  test("pages, and says what could not be read on the first page only", async () => {
    const { requests } = await withRequests();
    const { list } = createRequestRoutes(requests);

    const one = await list(call({}, { query: "limit=2" }));
    const two = await list(call({}, { query: `limit=2&next=${one.next ?? ""}` }));

    const ids = [...one.requests, ...two.requests].map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect(one.unreadable).toHaveLength(1);
    expect(two.unreadable).toEqual([]);
  });

  test("says nothing of what could not be read when asked for one pipeline", async () => {
    const { requests } = await withRequests();

    const answer = await createRequestRoutes(requests).list(call({}, { query: "pipeline=sales" }));

    expect(answer).toEqual({ requests: [], unreadable: [] });
  });

  test("refuses a query that it does not know", async () => {
    const { requests } = await withRequests();

    const listing = createRequestRoutes(requests).list(call({}, { query: "state=refused" }));

    await expect(listing).rejects.toMatchObject({ code: "INVALID" });
  });
});

describe("GET requests/{pipeline}/{request}", () => {
  test("gives one with what became of it", async () => {
    const world = newWorld();
    const [request = ""] = await upload(world, { "support/c.csv": "3" });
    const params = { pipeline: "support", request };

    const answer = await createRequestRoutes(world.requests).get(call(params));

    expect(answer).toMatchObject({ id: request, state: "refused", code: "UNSUPPORTED" });
  });

  test.each([{ pipeline: "support", request: "0000000000000000" }, {}])(
    "knows no request %j",
    async (params) => {
      const { requests } = await withRequests();

      const getting = createRequestRoutes(requests).get(call(params));

      await expect(getting).rejects.toMatchObject({ code: "NOT_FOUND" });
    },
  );
});
