import { describe, expect, test } from "vitest";

import { createApiClient } from "../../../cli/api-client.ts";
import { routes } from "../../../shared/contracts/http-api.ts";
import { type Answer, ok, startApp } from "./support/app.ts";

const connect = (url: string, key?: string) => createApiClient({ url, key, ca: undefined });

describe("the API client", () => {
  test("sends key, query and body as the contract says", async () => {
    await using app = await startApp({
      "GET /api/runs": () => ok({ runs: [] }),
      "PUT /api/pipelines/support": () => ok({ name: "support", generation: 1, changed: true }),
      "POST /api/pipelines/support/ask": () => ok({ question: "?", answer: "!", model: "m" }),
    });
    const api = connect(app.url, "a-key");

    await api.call(routes.listRuns, { query: { pipeline: "a b", next: undefined } });
    await api.call(routes.applyPipeline, { params: { pipeline: "support" }, body: "kind: x" });
    await api.call(routes.ask, { params: { pipeline: "support" }, body: { question: "?" } });

    expect(app.seen).toMatchObject([
      { path: "/api/runs?pipeline=a+b", headers: { "x-functions-key": "a-key" }, body: "" },
      { headers: { "content-type": "application/yaml" }, body: "kind: x" },
      { headers: { "content-type": "application/json" }, body: '{"question":"?"}' },
    ]);
  });

  test("a parameter cannot leave its place in the path", async () => {
    await using app = await startApp({});
    const api = connect(app.url);

    const found = await api.find(routes.getRun, { params: { run: "../x?y=/z" } });

    expect(found).toBeUndefined();
    expect(app.seen).toMatchObject([{ path: "/api/runs/..%2Fx%3Fy%3D%2Fz" }]);
    expect(app.seen[0]?.headers).not.toHaveProperty("x-functions-key");
  });

  const refused = (code: string): unknown => ({ error: { code, message: "No.", details: ["a"] } });
  test.each`
    name                       | answer                                           | error
    ${"a refusal"}             | ${{ status: 409, body: refused("CONFLICT") }}    | ${{ name: "CommandError", message: "No.", code: "CONFLICT", details: ["a"] }}
    ${"a missing key"}         | ${{ status: 401, body: "" }}                     | ${{ name: "CommandError", message: expect.stringContaining("set ROLLFORWARD_KEY") }}
    ${"a wrong key"}           | ${{ status: 403, body: "" }}                     | ${{ name: "CommandError", message: expect.stringContaining("set ROLLFORWARD_KEY") }}
    ${"another server"}        | ${{ status: 404, body: "<html>" }}               | ${{ name: "CommandError", message: expect.stringContaining("is the address right?") }}
    ${"a proxy"}               | ${{ status: 502, body: "<html>" }}               | ${{ name: "UnreachableError", message: expect.stringContaining("HTTP 502") }}
    ${"a busy app"}            | ${{ status: 503, body: refused("UNAVAILABLE") }} | ${{ name: "UnreachableError", message: "No." }}
    ${"an answer of no sense"} | ${{ status: 200, body: { runs: 3 } }}            | ${{ name: "CommandError", code: "INTERNAL", message: expect.stringContaining("does not understand") }}
    ${"no JSON"}               | ${{ status: 200, body: "<html>" }}               | ${{ name: "CommandError", code: "INTERNAL" }}
  `("says what to make of $name", async ({ answer, error }: Record<string, unknown>) => {
    await using app = await startApp({ "GET /api/runs": () => answer as Answer });

    const asked = connect(app.url, "s3cret").call(routes.listRuns);

    await expect(asked).rejects.toMatchObject(error as object);
    await expect(asked).rejects.not.toThrow("s3cret");
  });

  test("follows nobody elsewhere: the key is for the app alone", async () => {
    await using other = await startApp({ "GET /api/runs": () => ok({ runs: [] }) });
    await using app = await startApp({
      "GET /api/runs": () => ({ status: 302, headers: { location: `${other.url}/api/runs?t=1` } }),
    });

    const asked = connect(app.url, "s3cret").call(routes.listRuns);

    await expect(asked).rejects.toThrow(`is the app at ${other.url}? Name it with --url`);
    expect(other.seen).toEqual([]);
  });

  test("says what to do when nobody answers", async () => {
    const app = await startApp({});
    await app.stop();

    const asked = connect(app.url).call(routes.listRuns);

    await expect(asked).rejects.toMatchObject({
      name: "UnreachableError",
      message: expect.stringMatching(/does not answer \(.*ECONNREFUSED.*npm start.*--url/),
    });
  });
});
