import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type HostProcess, runHost, startHost } from "./support/host-process.ts";
import { HOST_JSON, temporaryApp } from "./support/temporary-app.ts";

const PAGE = "http://localhost:4280";

/** @param setup runs before the function is registered */
function files(host: object, setup = ""): Record<string, string> {
  return {
    "host.json": HOST_JSON,
    "package.json": '{ "main": "main.js" }',
    "local.settings.json": JSON.stringify({ Host: host }),
    "main.js": `const { app } = require("@azure/functions");
      ${setup}
      app.http("any", { methods: ["GET", "PUT"], handler: () => ({ body: "read" }) });`,
  };
}

function corsHeaders({ status, headers }: Response): Record<string, unknown> {
  const told = [...headers].filter(([name]) => /^(?:access-control-.*|vary)$/.test(name));
  return { status, ...Object.fromEntries(told) };
}

const ASKING = {
  "access-control-request-method": "PUT",
  "access-control-request-headers": "x-own, content-type",
};

const stops: (() => Promise<unknown>)[] = [];

async function hostWith(host: object, setup?: string): Promise<HostProcess> {
  const root = await temporaryApp(files(host, setup), (cleanup) => stops.push(cleanup));
  const started = await startHost(root);
  stops.push(() => started.stop());
  return started;
}

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

describe.each([
  ["", ""],
  [", with streams", "app.setup({ enableHttpStream: true });"],
])("with origins that are named%s", (_what, setup) => {
  let host: HostProcess;

  beforeAll(async () => {
    host = await hostWith({ CORS: `${PAGE}, https://own.example`, CORSCredentials: true }, setup);
  });

  test("a page of one of them may read an answer, and send its cookies", async () => {
    const response = await fetch(`${host.url}/api/any`, { headers: { origin: PAGE } });

    expect(await response.text()).toBe("read");
    expect(corsHeaders(response)).toEqual({
      status: 200,
      "access-control-allow-origin": PAGE,
      "access-control-allow-credentials": "true",
      vary: "Origin",
    });
  });

  test("it is told what it may send, without a call of the function", async () => {
    const headers = { origin: "https://own.example", ...ASKING };

    const response = await fetch(`${host.url}/api/any`, { method: "OPTIONS", headers });

    expect(corsHeaders(response)).toEqual({
      status: 204,
      "access-control-allow-origin": "https://own.example",
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "PUT",
      "access-control-allow-headers": "x-own, content-type",
      vary: "Origin",
    });
  });

  test.each([["http://localhost:4281"], ["http://localhost:4280.evil.example"], ["null"], ["*"]])(
    "a page of %s may not",
    async (origin) => {
      const read = await fetch(`${host.url}/api/any`, { headers: { origin } });
      const asked = await fetch(`${host.url}/api/any`, {
        method: "OPTIONS",
        headers: { origin, ...ASKING },
      });

      expect(corsHeaders(read)).toEqual({ status: 200, vary: "Origin" });
      expect(corsHeaders(asked)).toEqual({ status: 204, vary: "Origin" });
    },
  );

  test("it gets nothing of the host's own without a key", async () => {
    const response = await fetch(`${host.url}/runtime/webhooks/durabletask/instances`, {
      headers: { origin: PAGE },
    });

    expect(response.status).toBe(401);
  });
});

test("any page may read what any page may read", async () => {
  const host = await hostWith({ CORS: "*" });

  const response = await fetch(`${host.url}/api/any`, { headers: { origin: "null" } });

  expect(corsHeaders(response)).toEqual({ status: 200, "access-control-allow-origin": "*" });
});

test("without the setting, no page may read anything", async () => {
  const host = await hostWith({ LocalHttpPort: 7071 });

  const read = await fetch(`${host.url}/api/any`, { headers: { origin: PAGE } });
  const asked = await fetch(`${host.url}/api/any`, {
    method: "OPTIONS",
    headers: { origin: PAGE, ...ASKING },
  });

  expect(corsHeaders(read)).toEqual({ status: 200 });
  expect(corsHeaders(asked)).toEqual({ status: 404 });
});

test.for<readonly [string, object, Record<string, string>]>([
  ["CORS cannot allow credentials to every origin", { CORS: "*", CORSCredentials: true }, {}],
  ["must be a list of origins in JSON", {}, { WEBSITE_CORS_ALLOWED_ORIGINS: "http://a" }],
  ["at Host.CORS", { CORS: ["*"] }, {}],
])("what is wrong is refused: %s", async ([message, settings, env], { onTestFinished }) => {
  const root = await temporaryApp(files(settings), onTestFinished);

  const refused = await runHost(["start", "--root", root, "--port", "0", "--memory"], env);

  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain(message);
});
