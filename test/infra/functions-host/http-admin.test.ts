import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type HostProcess, startHost } from "./support/host-process.ts";
import { getRaw } from "./support/raw-http.ts";
import { until } from "./support/until.ts";

let open: HostProcess;
let closed: HostProcess;

beforeAll(async () => {
  [open, closed] = await Promise.all([
    startHost("http-app"),
    startHost("http-app", ["--memory", "--enable-auth"]),
  ]);
});

afterAll(async () => {
  await Promise.all([open.stop(), closed.stop()]);
});

describe("the admin API", () => {
  test("tells that the host runs", async () => {
    const status = await fetch(`${open.url}/admin/host/status`);

    expect(await status.json()).toMatchObject({
      id: expect.stringMatching(/^[a-z0-9]+-[0-9a-f]{10}$/),
      state: "Running",
      version: expect.stringMatching(/^4\./),
    });
    expect((await fetch(`${open.url}/admin/host/ping`, { method: "POST" })).status).toBe(200);
  });

  test("lists the functions, and tells about one", async () => {
    const listed = await fetch(`${open.url}/admin/functions`);
    const one = await fetch(`${open.url}/admin/functions/NIGHTLY`);

    expect(await listed.json()).toContainEqual(
      expect.objectContaining({
        name: "echo",
        invoke_url_template: `${open.url}/api/echo/{*path}`,
        language: "node",
      }),
    );
    expect(await one.json()).toMatchObject({
      name: "nightly",
      invoke_url_template: null,
      config: { bindings: [{ type: "timerTrigger", schedule: "0 0 3 * * *" }] },
    });
  });

  test.each([
    ["nightly", "", "nightly, past due: false"],
    ["onEvent", '{"subject":"by hand"}', "event by hand"],
  ])("runs %s once, with the input %j", async (name, input, line) => {
    const response = await fetch(`${open.url}/admin/functions/${name}`, {
      method: "POST",
      body: JSON.stringify({ input }),
    });

    expect([response.status, await response.text()]).toEqual([202, ""]);
    await until("it has run", () => open.log().includes(line));
  });

  test.each([
    ["nightly", "not JSON", 400],
    ["nightly", '{"input": 5}', 400],
    ["echo", '{"input": ""}', 400],
    ["nobody", '{"input": ""}', 404],
    ["nightly/keys/master", '{"input": ""}', 404],
  ])("refuses POST %s with %s: %i", async (name, body, status) => {
    const response = await fetch(`${open.url}/admin/functions/${name}`, { method: "POST", body });

    expect(response.status).toBe(status);
  });
});

describe("who needs a key", () => {
  const PATHS = [
    "/api/guarded",
    "/api/master",
    "/admin/host/status",
    "/admin/functions",
    "/runtime/webhooks/durabletask/instances",
  ];

  test.each(PATHS)("nobody on the loopback address, as with Core Tools: %s", async (path) => {
    const without = await fetch(open.url + path);
    const withWrong = await fetch(open.url + path, { headers: { "x-functions-key": "wrong" } });

    expect([without.status, withWrong.status]).toEqual([200, 200]);
  });

  test.each(PATHS)("everybody with --enable-auth: %s", async (path) => {
    const key = closed.keys?.master ?? "";

    const without = await fetch(closed.url + path);
    const withWrong = await fetch(`${closed.url}${path}?code=${key}x`);
    const withKey = await fetch(`${closed.url}${path}?code=${key}`);

    expect([without.status, withWrong.status, withKey.status]).toEqual([401, 401, 200]);
  });

  test("everybody on another address", async () => {
    const wide = await startHost("http-app", ["--memory", "--host", "0.0.0.0"]);
    const statuses = await Promise.all(
      PATHS.map(async (path) => (await fetch(wide.url + path)).status),
    );
    await wide.stop();

    expect(statuses).toEqual([401, 401, 401, 401, 401]);
  });

  test.each([
    ["/admin/host/status", 401],
    ["/runtime/webhooks/durabletask/instances", 401],
    ["/durabletask/instances/", 401],
    ["/api/guarded", 200],
  ])("a web page gets nothing from the host itself: %s is %i", async (path, status) => {
    const fromPage = await getRaw(open.port, path, { Origin: "https://evil.example" });
    const rebound = await getRaw(open.port, path, {}, `evil.example:${open.port}`);

    expect([fromPage.status, rebound.status]).toEqual([status, status]);
    expect(fromPage.head).not.toMatch(/access-control/i);
  });

  test.each(["localhost", "127.0.0.1", "LOCALHOST"])(
    "the name %s is this machine's",
    async (name) => {
      const answer = await getRaw(open.port, "/admin/host/status", {}, `${name}:${open.port}`);

      expect(answer.status).toBe(200);
    },
  );

  test.each([
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "xlocalhost",
    "10.0.0.1",
    "0.0.0.0",
  ])("the name %s is not", async (name) => {
    expect((await getRaw(open.port, "/admin/host/status", {}, name)).status).toBe(401);
  });

  test("a webhook that nobody has is 404", async () => {
    expect((await fetch(`${open.url}/runtime/webhooks/nobody/x`)).status).toBe(404);
    expect((await fetch(`${open.url}/runtime/webhooks`)).status).toBe(404);
  });
});
