import { statSync } from "node:fs";
import http from "node:http";

import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";

import { listen } from "../../../infra/local/program/listen.ts";
import { startPlane } from "./support/plane.ts";

const MAPS = "/api/v1/namespaces/ml/configmaps";

/** An issuer of tokens, and how to get one from it. */
async function startIssuer() {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256" };
  const server = http.createServer((_, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  const port = await listen(server, { host: "127.0.0.1", port: 0, option: "" });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const sign = (audience: string, expires = "5m"): Promise<string> =>
    new SignJWT({ sub: "app" })
      .setProtectedHeader({ alg: "RS256", kid: "k1" })
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(expires)
      .sign(privateKey);
  return { sign, tokenIssuer: { jwksUrl: `http://127.0.0.1:${port}/keys`, audience: "cluster" } };
}

describe("who may ask", () => {
  test.each(["/healthz", "/readyz", "/livez", "/version"])("anybody: %s", async (path) => {
    const { api } = await startPlane();

    expect((await api.request("GET", path, undefined, { token: null })).status).toBe(200);
  });

  test.each([null, "", "wrong"])("nobody else with the token %j", async (token) => {
    const { api } = await startPlane();

    const answer = await api.request("GET", MAPS, undefined, { token });

    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ kind: "Status", reason: "Unauthorized" });
  });

  test("whoever has a token of the issuer, for this audience, that is still good", async () => {
    const { sign, tokenIssuer } = await startIssuer();
    const { api } = await startPlane({ tokenIssuer });
    const ask = async (token: string): Promise<number> =>
      (await api.request("GET", MAPS, undefined, { token })).status;

    expect(await ask(await sign("cluster"))).toBe(200);
    expect(await ask(await sign("another"))).toBe(401);
    expect(await ask(await sign("cluster", "-1m"))).toBe(401);
    expect(await ask(`${await sign("cluster")}x`)).toBe(401);
  });

  test("only its owner may read the kubeconfig", async () => {
    const { plane } = await startPlane();

    expect(statSync(plane.kubeconfigFile).mode & 0o777).toBe(0o600);
  });
});

describe("an outage", () => {
  test("fails everybody but the administrator, until it is over", async () => {
    const { sign, tokenIssuer } = await startIssuer();
    const { api, plane } = await startPlane({ tokenIssuer });
    const token = await sign("cluster");

    plane.outage(60_000);
    const during = await api.request("GET", MAPS, undefined, { token });
    const admin = await api.request("GET", MAPS);
    const ended = await api.request("PUT", "/stand-in/outage", { seconds: 0 });
    const after = await api.request("GET", MAPS, undefined, { token });

    expect(during.body).toMatchObject({ kind: "Status", reason: "InternalError", code: 500 });
    expect([admin.status, ended.status, after.status]).toEqual([200, 200, 200]);
  });

  test("may be begun by the administrator only", async () => {
    const { sign, tokenIssuer } = await startIssuer();
    const { api } = await startPlane({ tokenIssuer });

    const options = { token: await sign("cluster") };
    const answer = await api.request("PUT", "/stand-in/outage", { seconds: 9 }, options);

    expect(answer.status).toBe(403);
  });

  test.each([{ seconds: -1 }, { seconds: 5, status: 200 }, {}])(
    "is refused with %j",
    async (wish) => {
      const { api } = await startPlane();

      expect((await api.request("PUT", "/stand-in/outage", wish)).status).toBe(400);
    },
  );
});

describe("an interceptor", () => {
  test("acts when the change is stored and nothing is answered yet", async () => {
    const seen: unknown[] = [];
    const { api } = await startPlane({
      intercept: {
        async after(request, status) {
          if (request.method !== "POST" || !request.path.startsWith(MAPS)) return;
          const { metadata } = await api.get(`${MAPS}/a`);
          seen.push([status, metadata.name]);
        },
      },
    });

    await api.post(MAPS, { metadata: { name: "a" } });

    expect(seen).toEqual([[201, "a"]]);
  });

  test("can refuse a request before it does anything", async () => {
    const { api } = await startPlane({
      intercept: {
        async before({ path }) {
          return path.startsWith(MAPS) ? { status: 503 } : undefined;
        },
      },
    });

    const answer = await api.request("POST", MAPS, { metadata: { name: "a" } });

    expect(answer.status).toBe(503);
  });
});

describe("a hostile request", () => {
  test("with a body over 3 MB is refused, and the server lives on", async () => {
    const { api } = await startPlane();
    const body = { metadata: { name: "a" }, data: { k: "x".repeat(3 * 1024 * 1024) } };

    const answer = await api.request("POST", MAPS, body).catch(() => undefined);

    expect(answer?.status ?? 413).toBe(413);
    expect((await api.request("GET", `${MAPS}/a`)).status).toBe(404);
  });

  test.each([
    ["no JSON", "{", "application/json"],
    ["a list", "[]", "application/json"],
    ["labels of numbers", '{"metadata":{"name":"a","labels":{"x":1}}}', "application/json"],
    ["a name with a slash", '{"metadata":{"name":"a/b"}}', "application/json"],
    ["bytes that are no protobuf", "k8s", "application/vnd.kubernetes.protobuf"],
    ["a billion laughs", laughs(), "application/yaml"],
  ])("with %s is refused", async (_, body, type) => {
    const { api } = await startPlane();

    const { status } = await api.request("POST", MAPS, body, { type });

    expect([400, 422]).toContain(status);
  });

  test.each([
    ["GET", "/api/v1/namespaces/ml/nothings", 404],
    ["GET", "/apis/batch/v2/jobs", 404],
    ["GET", "/api/v1/pods/x", 404],
    ["GET", "/api/v1/namespaces/ml/configmaps/%2e%2e%2fsecrets", 404],
    ["DELETE", "/api/v1/namespaces", 405],
    ["DELETE", "/api/v1/namespaces/default", 403],
    ["BREW", MAPS, 405],
    ["POST", "/api/v1/configmaps", 405],
  ])("%s %s is answered %i", async (method, path, expected) => {
    const { api } = await startPlane();

    const answer = await api.request(method, path).catch(() => undefined);

    // Node's parser refuses a method that HTTP does not know before we see it.
    expect([expected, 400, undefined]).toContain(answer?.status);
  });
});

function laughs(): string {
  const lines = ["a0: &a0 [lol]"];
  for (let level = 1; level < 12; level++) {
    const aliases = Array.from({ length: 10 }, () => `*a${level - 1}`).join(",");
    lines.push(`a${level}: &a${level} [${aliases}]`);
  }
  return lines.join("\n");
}
