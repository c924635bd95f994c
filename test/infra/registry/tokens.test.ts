import { generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { codeOf, json, type Reply } from "./support/client.ts";
import { pushImage } from "./support/content.ts";
import { AUDIENCE, type Issuer, startIssuer } from "./support/issuer.ts";
import { start, startForTest, type TestRegistry, USER } from "./support/start.ts";

const Token = z.object({ access_token: z.string() });
const RefreshToken = z.object({ refresh_token: z.string() });
const TOKEN_USER = "00000000-0000-0000-0000-000000000000";

let issuer: Issuer;
let registry: TestRegistry;
beforeAll(async () => {
  issuer = await startIssuer();
  registry = await start({ tokenIssuer: { jwksUrl: issuer.jwksUrl } });
  await pushImage(registry.client, "team/app", "v1");
});
afterAll(async () => {
  await registry.stop();
  issuer.stop();
});

describe("exchanging an Entra token", () => {
  test("gives a refresh token that gives an access token that opens its scope only", async () => {
    const refresh = await exchange(await issuer.token());

    const access = await accessToken(refresh, "repository:team/app:pull");
    const bearer = registry.stranger.with(`Bearer ${access}`);
    const pulled = await bearer.send("GET", "/v2/team/app/manifests/v1");
    const deleted = await bearer.send("DELETE", "/v2/team/app/manifests/v1");
    const other = await bearer.send("GET", "/v2/team/other/manifests/v1");

    expect(pulled.status).toBe(200);
    expect([deleted.status, other.status]).toEqual([401, 401]);
    expect(deleted.headers["www-authenticate"]).toContain('error="insufficient_scope"');
  });

  test("refuses what the issuer did not sign for this registry and this hour", async () => {
    const { privateKey } = await generateKeyPair("RS256");
    const unsigned = `${encode({ alg: "none" })}.${encode({ sub: "x", aud: AUDIENCE, exp: 9e9 })}.`;
    const tokens = {
      expired: await issuer.token({ expiresInSeconds: -1 }),
      "for another audience": await issuer.token({ audience: "https://management.azure.com" }),
      forged: await issuer.token({ key: privateKey }),
      unsigned,
      garbage: "a.b.c",
      empty: "",
    };

    const replies = await Promise.all(
      Object.entries(tokens).map(async ([why, token]) => [why, (await tryExchange(token)).status]),
    );

    expect(Object.fromEntries(replies)).toEqual({
      expired: 401,
      "for another audience": 401,
      forged: 401,
      unsigned: 401,
      garbage: 401,
      empty: 401,
    });
  });

  test.each([
    { form: { grant_type: "password" }, status: 400 },
    { form: { service: "other.azurecr.io" }, status: 400 },
    { form: { access_token: "x".repeat(100_000) }, status: 413 },
  ])("refuses a form that is wrong with $status", async ({ form, status }) => {
    const reply = await postForm("/oauth2/exchange", {
      grant_type: "access_token",
      service: registry.loginServer,
      access_token: "x",
      ...form,
    });

    expect(reply.status).toBe(status);
  });

  test("says 503 when nobody can tell, because the issuer does not answer", async () => {
    const gone = await startIssuer();
    const token = await gone.token();
    gone.stop();
    const alone = await startForTest({ tokenIssuer: { jwksUrl: gone.jwksUrl } });

    const reply = await tryExchange(token, alone);

    expect([reply.status, codeOf(reply)]).toEqual([503, "UNAVAILABLE"]);
    expect(alone.log.join("\n")).not.toContain(token);
  });

  test("says 401 when the registry was started without an issuer", async () => {
    const plain = await startForTest();

    const reply = await tryExchange(await issuer.token(), plain);

    expect(reply.status).toBe(401);
    expect(reply.body.toString()).toContain("without a token issuer");
  });
});

describe("getting an access token", () => {
  test("works as Docker's clients do it: Basic, with a password or a refresh token", async () => {
    const refresh = await exchange(await issuer.token());
    const path = `/oauth2/token?service=${registry.loginServer}&scope=repository:team/app:pull`;

    const replies = await Promise.all(
      [basic(USER.name, USER.password), basic(TOKEN_USER, refresh)].map((authorization) =>
        registry.stranger.with(authorization).send("GET", path),
      ),
    );

    for (const reply of replies) {
      const { access_token: token } = Token.parse(json(reply));
      const pulled = await registry.stranger
        .with(`Bearer ${token}`)
        .send("GET", "/v2/team/app/manifests/v1");
      expect(pulled.status).toBe(200);
    }
  });

  test.each([
    { why: "a wrong password", authorization: basic(USER.name, "wrong") },
    { why: "nobody's name", authorization: basic("nobody", "") },
    { why: "a name that every object has", authorization: basic("constructor", "x") },
    { why: "a refresh token that is none", authorization: basic(TOKEN_USER, "a.b.c") },
    { why: "no Basic at all", authorization: "Digest x" },
  ])("with $why is refused", async ({ authorization }) => {
    const path = `/oauth2/token?service=${registry.loginServer}&scope=repository:team/app:pull`;

    const reply = await registry.stranger.with(authorization).send("GET", path);

    expect(reply.status).toBe(401);
  });

  test("does not take an access token for a refresh token, nor the other way round", async () => {
    const refresh = await exchange(await issuer.token());
    const access = await accessToken(refresh, "repository:team/app:pull");

    const asRefresh = await tryAccessToken(access, "repository:team/app:push");
    const asAccess = await registry.stranger
      .with(`Bearer ${refresh}`)
      .send("GET", "/v2/team/app/manifests/v1");

    expect(asRefresh.status).toBe(401);
    expect(asAccess.status).toBe(401);
    expect(asAccess.headers["www-authenticate"]).toContain('error="invalid_token"');
  });

  test("grants nothing for scopes that are none", async () => {
    const refresh = await exchange(await issuer.token());
    const scopes = ["repository:../x:pull", "repository:team/app", "*", "team/app:pull"];

    const access = await accessToken(refresh, scopes.join(" "));
    const pulled = await registry.stranger
      .with(`Bearer ${access}`)
      .send("GET", "/v2/team/app/manifests/v1");

    expect(pulled.status).toBe(401);
  });
});

describe("tokens", () => {
  test("end: an expired one opens nothing", async () => {
    const brief = await startForTest({
      tokenIssuer: { jwksUrl: issuer.jwksUrl },
      tokenLifetimes: { accessSeconds: 0 },
    });
    const refresh = await exchange(await issuer.token(), brief);

    const access = await accessToken(refresh, "repository:team/app:pull", brief);
    const reply = await brief.stranger.with(`Bearer ${access}`).send("GET", "/v2/");

    expect(reply.status).toBe(401);
  });

  test("of another registry open nothing, nor do those that a stranger made", async () => {
    const other = await startForTest({ tokenIssuer: { jwksUrl: issuer.jwksUrl } });
    const foreign = await exchange(await issuer.token(), other);
    const forged = await new SignJWT({ grant_type: "refresh_token" })
      .setProtectedHeader({ alg: "HS256" })
      .setSubject("admin")
      .setIssuer("Azure Container Registry")
      .setAudience(registry.loginServer)
      .setExpirationTime("1h")
      .sign(Buffer.alloc(32));

    const replies = await Promise.all(
      [foreign, forged].map((token) => tryAccessToken(token, "repository:team/app:pull")),
    );

    expect(replies.map(({ status }) => status)).toEqual([401, 401]);
  });

  test("and passwords appear in no line of the log", async () => {
    const refresh = await exchange(await issuer.token());
    const path = `/oauth2/token?service=${registry.loginServer}&refresh_token=${refresh}`;

    await registry.client.send("GET", path);

    expect(registry.log.length).toBeGreaterThan(0);
    const log = registry.log.join("\n");
    expect(log).not.toContain(refresh);
    expect(log).not.toContain(USER.password);
  });
});

describe("strangers", () => {
  test("may pull when that is allowed, and do nothing else", async () => {
    const open = await startForTest({ anonymousPull: true });
    await pushImage(open.client, "team/app", "v1");
    const reply = await postForm(
      "/oauth2/token",
      {
        grant_type: "password",
        refresh_token: "",
        service: open.loginServer,
        scope: "repository:team/app:pull,push,delete registry:catalog:*",
      },
      open,
    );
    const stranger = open.stranger.with(`Bearer ${Token.parse(json(reply)).access_token}`);

    const pulled = await stranger.send("GET", "/v2/team/app/manifests/v1");
    const others = [
      await stranger.send("POST", "/v2/team/app/blobs/uploads/"),
      await stranger.send("DELETE", "/v2/team/app/manifests/v1"),
      await stranger.send("GET", "/v2/_catalog"),
    ];

    expect(pulled.status).toBe(200);
    expect(others.map(({ status }) => status)).toEqual([401, 401, 401]);
  });

  test("get no token when it is not", async () => {
    const query = `service=${registry.loginServer}&scope=repository:team/app:pull`;

    const get = await registry.stranger.send("GET", `/oauth2/token?${query}`);
    const post = await postForm("/oauth2/token", {
      grant_type: "password",
      refresh_token: "",
      service: registry.loginServer,
      scope: "repository:team/app:pull",
    });

    expect([get.status, post.status]).toEqual([401, 401]);
  });
});

async function postForm(path: string, form: Record<string, string>, to = registry): Promise<Reply> {
  return to.stranger.send("POST", path, {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  });
}

async function tryExchange(token: string, to = registry): Promise<Reply> {
  const form = { grant_type: "access_token", service: to.loginServer, access_token: token };
  return postForm("/oauth2/exchange", form, to);
}

async function exchange(token: string, to = registry): Promise<string> {
  return RefreshToken.parse(json(await tryExchange(token, to))).refresh_token;
}

async function tryAccessToken(token: string, scope: string, to = registry): Promise<Reply> {
  const form = {
    grant_type: "refresh_token",
    service: to.loginServer,
    refresh_token: token,
    scope,
  };
  return postForm("/oauth2/token", form, to);
}

async function accessToken(token: string, scope: string, to = registry): Promise<string> {
  return Token.parse(json(await tryAccessToken(token, scope, to))).access_token;
}

function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
