import type { ServerResponse } from "node:http";

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { type HostProcess, startHost } from "./support/host-process.ts";
import { createManagementClient, type ManagementClient } from "./support/management-client.ts";
import {
  type Handler,
  type Received,
  type RecordingServer,
  startRecordingServer,
} from "./support/recording-server.ts";
import { until } from "./support/until.ts";

const IDENTITY_HEADER = "the header that only the app's own process knows";
const TOKEN = "the token of the app's identity";

let near: RecordingServer;
let far: RecordingServer;
let identity: RecordingServer;
let host: HostProcess;
let client: ManagementClient;
/** How both servers answer. */
let handle: Handler;

beforeAll(async () => {
  near = await startRecordingServer((...visit) => handle(...visit));
  far = await startRecordingServer((...visit) => handle(...visit));
  identity = await startRecordingServer(answerToken);
  host = await startHost("commonjs-app", ["--memory"], {
    IDENTITY_ENDPOINT: `${identity.url}/msi/token`,
    IDENTITY_HEADER,
    AZURE_TOKEN_CREDENTIALS: "ManagedIdentityCredential",
  });
  client = createManagementClient(host.url, host.keys?.system ?? "");
});

afterAll(async () => {
  await host.stop();
  for (const server of [near, far, identity]) server.stop();
});

beforeEach(() => {
  near.received.length = 0;
  far.received.length = 0;
});

/** App Service's endpoint for an app with a managed identity. */
function answerToken({ headers, path }: Received, response: ServerResponse): void {
  if (headers["x-identity-header"] !== IDENTITY_HEADER) {
    response.writeHead(401).end();
    return;
  }
  const resource = new URL(path, "http://localhost").searchParams.get("resource");
  const expires_on = String(Math.floor(Date.now() / 1000) + 3600);
  response.setHeader("content-type", "application/json");
  const token = { access_token: `${TOKEN} for ${resource}`, token_type: "Bearer" };
  response.end(JSON.stringify({ ...token, resource, expires_on }));
}

/** Answers 202 as often as there are headers, then 200. */
function acceptThenDone(...accepted: readonly Record<string, string>[]): Handler {
  let count = 0;
  return (_, response) => {
    const headers = accepted[count];
    count += 1;
    if (headers) response.writeHead(202, headers).end();
    else response.end("done");
  };
}

async function timerOf(id: string) {
  const { historyEvents } = await client.status(id, "showHistory=true");
  const timer = historyEvents?.find(({ EventType }) => EventType === "TimerCreated");
  return timer && { Timestamp: String(timer["Timestamp"]), FireAt: String(timer["FireAt"]) };
}

describe("callHttp", () => {
  test("sends what it is told, and answers as .NET sees the response", async () => {
    handle = (_, response) => {
      response.setHeader("x-custom-Header", "1");
      response.setHeader("ETag", '"a"');
      response.setHeader("Set-Cookie", ["a=1", "b=2"]);
      response.setHeader("Content-Type", "text/plain");
      response.writeHead(418).end("Grüße");
    };

    const { output } = await client.run("requests", {
      method: "PUT",
      url: `${near.url}/tea?hot=1`,
      body: { sugar: 2 },
      headers: { "content-type": "application/json", "X-Mine": "yes" },
    });

    expect(near.received).toMatchObject([
      {
        method: "PUT",
        path: "/tea?hot=1",
        body: '{"sugar":2}',
        headers: { "content-type": "application/json", "x-mine": "yes" },
      },
    ]);
    expect(output).toMatchObject({
      statusCode: 418,
      content: "Grüße",
      headers: { ETag: '"a"', "Set-Cookie": ["a=1", "b=2"], "x-custom-header": "1" },
    });
    // Headers of the content are not the response's in .NET.
    expect(output).not.toHaveProperty("contentType");
  });

  test("sends text without a type as plain text, and refuses multipart", async () => {
    handle = (_, response) => response.end();
    const common = { method: "POST", url: near.url, body: "x" };

    await client.run("requests", common);
    const headers = { "Content-Type": "multipart/form-data; boundary=b" };
    const { output } = await client.run("requests", { ...common, headers });

    expect(near.received.map((request) => request.headers["content-type"])).toEqual(["text/plain"]);
    expect(output).toEqual({
      error: expect.stringMatching(/^Multipart content is not supported with CallHttpAsync\. \n /),
    });
  });

  test("fails as .NET does if there is no server", async () => {
    const gone = await startRecordingServer(() => undefined);
    gone.stop();
    const { url } = gone;

    const { output } = await client.run("requests", { method: "GET", url });

    const { error } = output as { error: string };
    const [reason, details] = error.split(" \n ");
    expect(reason).toBe(`Connection refused (${url.replace("http://", "")})`);
    expect(JSON.parse(details ?? "")).toMatchObject({
      ClassName: "System.Net.Http.HttpRequestException",
    });
  });

  test("follows redirects, with credentials only to the same origin", async () => {
    handle = ({ path }, response) => {
      if (path === "/near") response.writeHead(302, { location: "/again" }).end();
      else if (path === "/again") response.writeHead(307, { location: `${far.url}/far` }).end();
      else response.end("there");
    };
    const headers = {
      Authorization: "Bearer a",
      Cookie: "b=c",
      "x-functions-key": "d",
      "X-E": "f",
    };

    const { output } = await client.run("requests", {
      method: "POST",
      url: `${near.url}/near`,
      body: "x",
      headers,
    });

    expect(output).toMatchObject({ statusCode: 200, content: "there" });
    expect(near.received).toMatchObject([
      { method: "POST", path: "/near", body: "x" },
      { method: "GET", path: "/again", body: "", headers: { authorization: "Bearer a" } },
    ]);
    const [last] = far.received;
    expect(last).toMatchObject({ method: "GET", path: "/far", headers: { "x-e": "f" } });
    expect(Object.keys(last?.headers ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/authorization|cookie|functions-key/)]),
    );
  });
});

describe("polling", () => {
  test("asks again where and when the 202 says, seconds or a time", async () => {
    const past = "Wed, 21 Oct 2015 07:28:00 GMT";
    handle = acceptThenDone(
      { location: "/one", "Retry-After": "0" },
      { location: `${near.url}/two`, "Retry-After": past },
      { location: "/three", "Retry-After": "1" },
    );
    const begun = Date.now();

    const { output } = await client.run("requests", {
      method: "POST",
      url: `${near.url}/start`,
      body: "x",
      headers: { Authorization: "Bearer a", "x-functions-key": "d" },
    });

    expect(output).toMatchObject({ statusCode: 200, content: "done" });
    expect(near.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /start",
      "GET /one",
      "GET /two",
      "GET /three",
    ]);
    expect(near.received[1]?.headers).toMatchObject({ authorization: "Bearer a" });
    expect(near.received[1]?.headers).not.toHaveProperty("x-functions-key");
    expect(Date.now() - begun).toBeGreaterThanOrEqual(1000);
  });

  test("waits half a minute if the 202 does not say how long", async () => {
    handle = acceptThenDone({ location: "/later" });
    const id = await client.start("requests", { method: "GET", url: near.url });

    const { Timestamp, FireAt } = await until("it waits", () => timerOf(id));
    await client.call("POST", `instances/${id}/terminate?reason=x`);

    const wait = Date.parse(FireAt) - Date.parse(Timestamp);
    expect(wait).toBeGreaterThan(29_000);
    expect(wait).toBeLessThanOrEqual(30_000);
  });

  test("is none if there is no place to ask, or if it is switched off", async () => {
    handle = acceptThenDone({}, { location: "/later", "Retry-After": "0" });
    const nowhere = await client.run("requests", { method: "GET", url: near.url });
    const switchedOff = await client.run("requests", {
      method: "GET",
      url: near.url,
      enablePolling: false,
    });

    expect(nowhere.output).toMatchObject({ statusCode: 202 });
    expect(switchedOff.output).toMatchObject({ statusCode: 202, headers: { Location: "/later" } });
  });

  test("of a place that is none fails", async () => {
    handle = acceptThenDone({ location: "http://", "Retry-After": "0" });
    const { output } = await client.run("requests", { method: "GET", url: near.url });

    expect(output).toEqual({ error: expect.stringContaining("Invalid URL") });
  });

  test("takes no credentials to another origin", async () => {
    handle = acceptThenDone({ location: `${far.url}/elsewhere`, "Retry-After": "0" });

    await client.run("requests", {
      method: "GET",
      url: near.url,
      headers: { authorization: "Bearer a", COOKIE: "b=c", "x-other": "kept" },
      identity: "https://vault.example",
    });

    expect(near.received[0]?.headers).toMatchObject({ cookie: "b=c" });
    expect(far.received).toMatchObject([{ path: "/elsewhere", headers: { "x-other": "kept" } }]);
    expect(far.received[0]?.headers).not.toHaveProperty("authorization");
    expect(far.received[0]?.headers).not.toHaveProperty("cookie");
  });
});

describe("the app's identity", () => {
  test("gives a token to each request, and leaves it in no history and no log", async () => {
    handle = acceptThenDone({ location: "/one", "Retry-After": "0" });
    const resource = "https://management.core.windows.net/";

    const { instanceId, output } = await client.run("requests", {
      method: "GET",
      url: near.url,
      identity: resource,
    });
    const history = await client.call("GET", `instances/${instanceId}?showHistory=true`);

    const expected = `Bearer ${TOKEN} for https://management.core.windows.net`;
    expect(output).toMatchObject({ statusCode: 200 });
    expect(near.received.map(({ headers }) => headers.authorization)).toEqual([
      expect.stringContaining(expected),
      expect.stringContaining(expected),
    ]);
    expect(await history.text()).not.toContain(TOKEN);
    expect(host.log()).not.toContain(TOKEN);
  });
});
