import { describe, expect, test } from "vitest";

import { codeOf } from "./support/client.ts";
import { imageNamed, pushBlob, pushImage, putManifest, sha256 } from "./support/content.ts";
import { startForTest } from "./support/start.ts";

describe("before", () => {
  test("refuses with the status and code it gives, and nothing happens", async () => {
    const seen: string[] = [];
    const { client } = await startForTest({
      intercept: {
        before: async ({ method, path }) => {
          seen.push(`${method} ${path}`);
          return method === "PUT" ? { status: 503, code: "TOOMANYREQUESTS" } : undefined;
        },
      },
    });
    await pushBlob(client, "team/app", "{}");

    const refused = await putManifest(client, "team%2Fapp", "v1", imageNamed("x"));
    const got = await client.send("GET", "/v2/team/app/manifests/v1?x=secret");

    expect([refused.status, codeOf(refused)]).toEqual([503, "TOOMANYREQUESTS"]);
    expect(got.status).toBe(404);
    expect(seen).toEqual([
      "POST /v2/team/app/blobs/uploads/",
      "PUT /v2/team/app/manifests/v1",
      "GET /v2/team/app/manifests/v1",
    ]);
  });

  test("that throws is a failure of the registry, which goes on", async () => {
    let isBroken = true;
    const { client, log } = await startForTest({
      intercept: {
        before: async () => {
          if (isBroken) throw new Error("broken hook");
        },
      },
    });

    const failed = await client.send("GET", "/v2/");
    isBroken = false;
    const works = await client.send("GET", "/v2/");

    expect([failed.status, works.status]).toEqual([500, 200]);
    expect(log.join("\n")).toContain("broken hook");
  });
});

describe("after", () => {
  test("runs when all is stored and nothing is answered: a client that dies there has pushed", async () => {
    const dying = Promise.withResolvers<void>();
    const dead = Promise.withResolvers<void>();
    const { client } = await startForTest({
      intercept: {
        after: async ({ method }, status) => {
          if (method !== "PUT" || status !== 201) return;
          dying.resolve();
          await dead.promise;
        },
      },
    });
    await pushBlob(client, "team/app", "{}");
    const body = imageNamed("died");
    let isAnswered = false;
    const request = client.open("PUT", "/v2/team/app/manifests/v1", {
      "content-type": "application/vnd.oci.image.manifest.v1+json",
      "content-length": String(body.length),
    });
    request.on("response", () => (isAnswered = true)).on("error", () => undefined);
    request.end(body);

    await dying.promise;
    await new Promise((resolve) => request.once("close", resolve).destroy());
    dead.resolve();

    const got = await client.send("HEAD", "/v2/team/app/manifests/v1");
    expect(isAnswered).toBe(false);
    expect(got.headers["docker-content-digest"]).toBe(sha256(body));
  });

  test("that throws hangs up, and what was asked is done", async () => {
    const { client } = await startForTest({
      intercept: {
        after: async ({ method }) => {
          if (method === "PUT") throw new Error("cut");
        },
      },
    });
    await pushBlob(client, "team/app", "{}");

    const cut = putManifest(client, "team/app", "v1", imageNamed("cut"));

    await expect(cut).rejects.toThrow("socket hang up");
    expect((await client.send("HEAD", "/v2/team/app/manifests/v1")).status).toBe(200);
  });

  test("is told the status of refusals and of token requests too", async () => {
    const seen: string[] = [];
    const { client, stranger } = await startForTest({
      intercept: {
        after: async ({ path }, status) => {
          seen.push(`${path} ${status}`);
        },
      },
    });

    await stranger.send("GET", "/v2/");
    await client.send("GET", "/nowhere");
    await stranger.send("GET", "/oauth2/token?service=other");

    expect(seen).toEqual(["/v2/ 401", "/nowhere 404", "/oauth2/token 400"]);
  });

  test("that never comes back does not keep the registry from stopping", async () => {
    const reached = Promise.withResolvers<void>();
    const registry = await startForTest({
      intercept: {
        after: async () => {
          reached.resolve();
          await new Promise<void>(() => undefined);
        },
      },
    });
    const request = registry.client.open("GET", "/v2/");
    request.on("error", () => undefined).end();
    await reached.promise;

    await registry.stop();

    await expect(pushImage(registry.client, "a", "v1")).rejects.toThrow(/ECONNREFUSED|socket/);
  });
});
