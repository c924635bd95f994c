import { request } from "node:http";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type HostProcess, startHost } from "./support/host-process.ts";
import { until } from "./support/until.ts";

let host: HostProcess;

beforeAll(async () => {
  host = await startHost("esm-app", ["--memory", "--enable-auth"]);
});

afterAll(async () => {
  await host.stop();
});

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${host.url}${path}`, { headers });
}

describe("routes", () => {
  test("hand parameters and the query to the function, and settings to the app", async () => {
    const response = await get("/People/Ann/Dr%2FX?q=a&q=b");

    // Azure's server does not decode a slash: what it would separate stays together.
    expect(await response.json()).toEqual({ text: "hello Ann", title: "Dr%2FX", query: "a,b" });
  });

  test.each([
    ["/people/self", 200, "the more exact route wins"],
    ["/people/ann", 200, "an optional part may be missing"],
    ["/people/ann2", 404, "a constraint is kept"],
    ["/people", 404, "a part is missing"],
    ["/people/ann/dr/more", 404, "a part is too many"],
    ["/files", 201, "a rest may be empty"],
    ["/files/a/b/c", 201, "a rest may be long"],
    ["/switchedOff", 404, "the function is disabled by its setting"],
    ["/nothing", 204, "nothing was returned"],
    ["/admin/host/ping", 200, "the host answers for itself"],
    ["/", 200, "the host answers for itself"],
    ["/people/%zz", 400, "the path cannot be decoded"],
  ])("GET %s is %i: %s", async (path, status) => {
    expect((await get(path)).status).toBe(status);
  });

  test("another method is no match", async () => {
    expect((await fetch(`${host.url}/people/ann`, { method: "DELETE" })).status).toBe(404);
  });

  test("a path that begins with two slashes is a path", async () => {
    expect((await get("//evil.example/files")).status).toBe(404);
  });
});

describe("bodies, headers and cookies", () => {
  test("come and go as they are", async () => {
    const body = Buffer.from([0, 255, 10, 13, 128]);
    const response = await fetch(`${host.url}/files/a/b`, { method: "PUT", body });

    expect(response.status).toBe(201);
    expect(response.headers.get("x-path")).toBe("a/b");
    expect(response.headers.get("set-cookie")).toBe(
      "seen=a%20b; max-age=60; path=/; samesite=lax; httponly",
    );
    expect(Buffer.from(await response.arrayBuffer())).toEqual(body);
  });

  test("over 100 MB are refused before they are read", async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const upload = request(`${host.url}/files/big`, {
        method: "PUT",
        headers: { "content-length": 100 * 1024 * 1024 + 1 },
      });
      upload.on("response", (response) => {
        resolve(response.statusCode);
        upload.destroy();
      });
      upload.on("error", reject);
      upload.write("x");
    });

    expect(status).toBe(413);
  });
});

describe("keys", () => {
  test.each([
    ["/guarded", undefined, 401],
    ["/guarded", "wrong", 401],
    ["/guarded", "system", 401],
    ["/guarded", "function", 200],
    ["/guarded", "master", 200],
    ["/master", "function", 401],
    ["/master", "master", 200],
    ["/admin/host/status", "function", 401],
    ["/admin/host/status", "master", 200],
  ])("%s with the key %s is %i", async (path, name, status) => {
    const keys: Record<string, string> = { ...host.keys };
    const key = name === undefined ? undefined : (keys[name] ?? name);

    const inHeader = await get(path, key === undefined ? {} : { "x-functions-key": key });
    const inQuery = await get(key === undefined ? path : `${path}?code=${key}`);

    expect([inHeader.status, inQuery.status]).toEqual([status, status]);
  });
});

describe("failures and hooks", () => {
  test("a client that goes away in the middle of its request leaves the host as it was", async () => {
    await new Promise<void>((resolve) => {
      const upload = request(`${host.url}/files/half`, {
        method: "PUT",
        headers: { "content-length": 1000 },
      });
      upload.on("error", () => undefined);
      upload.on("close", resolve);
      upload.write("half", () => upload.destroy());
    });

    expect((await get("/people/ann")).status).toBe(200);
  });

  test("what a function throws is logged and not told", async () => {
    const response = await get("/broken");

    expect(response.status).toBe(500);
    expect(await response.text()).toBe("");
    expect(host.log()).toContain("the inside of the app");
  });

  test("hooks see the invocation and may replace its result", async () => {
    expect(await (await get("/hooked")).json()).toEqual({ before: "seen" });
  });
});

describe("logs", () => {
  test("of functions are JSON lines on standard error, by the levels of host.json", async () => {
    await get("/people/ann");
    await get("/quiet");
    const text = await until("both are written", () => {
      const log = host.log();
      return log.includes("greeting ann") && log.includes("worth a line") && log;
    });

    expect(text).not.toContain("not worth a line");
    const line = text.split("\n").find((found) => found.includes("greeting ann"));
    expect(JSON.parse(line ?? "")).toMatchObject({
      level: "information",
      category: "Function.greet.User",
      message: "greeting ann",
      invocationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });
});

describe("a stop", () => {
  test("lets a request end, runs the app's hooks, and exits with 0", async () => {
    const own = await startHost("esm-app");
    const slow = fetch(`${own.url}/slow`);
    await until("it has begun", () => own.log().includes("slow has begun"));
    const code = own.stop();

    expect(await (await slow).text()).toBe("finished");
    expect(await code).toBe(0);
    expect(own.log()).toContain("the app was told to end");
  });
});

describe("HTTP streaming", () => {
  test("hands bodies through while they flow", async () => {
    const own = await startHost("streaming-app");
    const answered = await new Promise<{ text: string; word: unknown }>((resolve, reject) => {
      const upload = request(`${own.url}/api/upper/yes`, { method: "POST" });
      upload.on("error", reject);
      upload.on("response", (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => {
          text += chunk.toString();
          // The rest is sent only when the beginning has come back.
          if (text === "FIRST") upload.end("second");
        });
        response.on("end", () => resolve({ text, word: response.headers["x-word"] }));
      });
      upload.write("first");
    });

    expect(answered).toEqual({ text: "FIRSTSECOND", word: "yes" });
    await own.stop();
  });
});
