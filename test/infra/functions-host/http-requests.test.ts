import { request } from "node:http";

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { type HostProcess, startHost } from "./support/host-process.ts";
import { until } from "./support/until.ts";

const Echo = z.object({
  method: z.string(),
  url: z.string(),
  params: z.record(z.string(), z.string()),
  query: z.record(z.string(), z.string()),
  headers: z.record(z.string(), z.string()),
  body: z.base64(),
  trace: z.object({ traceParent: z.string(), traceState: z.string() }),
});

let host: HostProcess;

beforeAll(async () => {
  host = await startHost("http-app");
});

afterAll(async () => {
  await host.stop();
});

async function send(path: string, init?: RequestInit): Promise<Response> {
  return fetch(`${host.url}/api/${path}`, init);
}

async function echo(path: string, init?: RequestInit): Promise<z.infer<typeof Echo>> {
  return Echo.parse(await (await send(`echo/${path}`, init)).json());
}

describe("requests", () => {
  test.each(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])("%s arrives", async (method) => {
    expect(await echo("x", { method })).toMatchObject({ method, body: "" });
  });

  test("HEAD is answered without the body that it would have had", async () => {
    const response = await send("echo/x", { method: "HEAD" });

    expect(response.headers.get("x-method")).toBe("HEAD");
    expect(Number(response.headers.get("content-length"))).toBeGreaterThan(100);
    expect(await response.text()).toBe("");
  });

  test("a method that the route does not have is 404, as in Azure", async () => {
    expect((await send("form", { method: "GET" })).status).toBe(404);
    expect((await send("cookies", { method: "OPTIONS" })).status).toBe(404);
  });

  test("paths and queries are decoded once, as UTF-8, and the URL stays as it was", async () => {
    const seen = await echo("gr%C3%BCn/%2541/%F0%9F%A7%AA/a%2Fb?q=%C3%BC&q=2&empty=&plus=a+b");

    expect(seen.params).toEqual({ path: "grün/%41/🧪/a%2Fb" });
    expect(seen.query).toEqual({ q: "ü,2", empty: "", plus: "a b" });
    expect(seen.url).toBe(
      `${host.url}/api/echo/gr%C3%BCn/%2541/%F0%9F%A7%AA/a%2Fb?q=%C3%BC&q=2&empty=&plus=a+b`,
    );
  });

  test("a header that comes twice is joined, and cookies with their own mark", async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const sent = request(`${host.url}/api/echo/x`, {
        headers: { "X-Twice": ["1", "2"], Age: ["3", "4"], Cookie: ["a=1", "b=2"] },
      });
      sent.on("response", (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => (body += chunk.toString()));
        response.on("end", () => resolve(body));
      });
      sent.on("error", reject);
      sent.end();
    });

    expect(Echo.parse(JSON.parse(text)).headers).toMatchObject({
      "x-twice": "1,2",
      age: "3,4",
      cookie: "a=1; b=2",
    });
  });

  test("bytes come as they are", async () => {
    const body = Buffer.from([0, 255, 254, 13, 10, 0]);

    expect(await echo("x", { method: "POST", body })).toMatchObject({
      body: body.toString("base64"),
    });
  });

  test("forms are read with their files", async () => {
    const body = new FormData();
    body.set("text", "ü");
    body.set("file", new Blob(["content"]), "a.txt");

    const response = await send("form", { method: "POST", body });

    expect(await response.json()).toEqual({ text: "ü", name: "a.txt", content: "content" });
  });
});

describe("traces", () => {
  const TRACE = "0af7651916cd43dd8448eb211c80319c";

  test("go on with the caller's, as a span of their own", async () => {
    const headers = { traceparent: `00-${TRACE}-b7ad6b7169203331-01`, tracestate: "k=v" };

    const { trace } = await echo("x", { headers });

    expect(trace.traceParent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
    expect(trace.traceParent).not.toContain("b7ad6b7169203331");
    expect(trace.traceState).toBe("k=v");
  });

  test.each([undefined, "00-xyz", `00-${"0".repeat(32)}-b7ad6b7169203331-01`])(
    "begin anew after %s",
    async (traceparent) => {
      const { trace } = await echo(
        "x",
        traceparent === undefined ? {} : { headers: { traceparent } },
      );

      expect(trace.traceParent).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    },
  );
});

describe("answers", () => {
  test("have the length that they have, whatever the function says about it", async () => {
    const response = await send("answer/200");

    expect(response.headers.get("content-length")).toBe("6");
    expect(response.headers.get("x-kept")).toBe("yes");
    expect(await response.text()).toBe("a body");
  });

  test.each([204, 304])("%i has no body", async (status) => {
    const response = await send(`answer/${status}`);

    expect(response.status).toBe(status);
    expect(response.headers.get("x-kept")).toBe("yes");
    expect(response.headers.get("content-length")).toBeNull();
    expect(await response.text()).toBe("");
  });

  test.each([201, 302, 418, 500, 599])("%i is handed on", async (status) => {
    const response = await send(`answer/${status}`, { redirect: "manual" });

    expect(response.status).toBe(status);
    expect(await response.text()).toBe("a body");
  });

  test("cookies have all their attributes, as ASP.NET writes them", async () => {
    const response = await send("cookies");

    expect(response.headers.getSetCookie()).toEqual([
      "all=a%20b%3Bc; expires=Wed, 02 Jan 2030 03:04:05 GMT; max-age=0; domain=example.com; path=/x; secure; samesite=strict; httponly",
      "none=1; path=/; samesite=none",
      "plain=2; path=/",
    ]);
  });

  test("bytes go as they are", async () => {
    const body = await (await send("bytes")).arrayBuffer();

    expect([...new Uint8Array(body)]).toEqual([0, 255, 13, 10]);
  });

  test("what is no response is an error of the function, told to the log and not to the caller", async () => {
    const response = await send("wrong");

    expect([response.status, await response.text()]).toEqual([500, ""]);
    await until("it is in the log", () =>
      host.log().includes("The HTTP response must be an object"),
    );
  });

  test("a function that takes longer than functionTimeout fails, with the runtime's text", async () => {
    const response = await send("hangs");

    expect([response.status, await response.text()]).toEqual([500, ""]);
    await until("it is in the log", () =>
      host.log().includes("Timeout value of 00:00:02 was exceeded by function: Functions.hangs"),
    );
  });
});
