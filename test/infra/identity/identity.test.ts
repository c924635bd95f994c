import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { ManagedIdentityCredential, DefaultAzureCredential } from "@azure/identity";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";

import { type Identity, startIdentity } from "../../../infra/local/identity/start-identity.ts";

const AKS = "6dae42f8-4368-4678-94ff-3960e28e3630";
const log: string[] = [];
let identity: Identity;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "identity-"));
  identity = await startIdentity({ log: (message) => log.push(message) });
});

afterAll(async () => {
  await identity.stop();
  await rm(directory, { recursive: true });
});

const TokenAnswer = z.object({
  access_token: z.string(),
  expires_on: z.string(),
  resource: z.string(),
  token_type: z.string(),
  client_id: z.string(),
});

interface Asked {
  readonly header?: string | undefined;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly from?: Identity;
}

async function ask({ from = identity, header = from.header, query = {} }: Asked = {}) {
  const url = new URL(from.endpoint);
  const parameters = {
    "api-version": "2019-08-01",
    resource: "https://storage.azure.com",
    client_id: from.clientId,
    ...query,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const response = await fetch(url, { headers: { "X-IDENTITY-HEADER": header } });
  return { status: response.status, body: await response.json() };
}

function giveToApp(): void {
  vi.stubEnv("IDENTITY_ENDPOINT", identity.endpoint);
  vi.stubEnv("IDENTITY_HEADER", identity.header);
  vi.stubEnv("AZURE_CLIENT_ID", identity.clientId);
}

describe("the SDK", () => {
  test.each([
    ["https://storage.azure.com/.default", "https://storage.azure.com"],
    ["https://containerregistry.azure.net/.default", "https://containerregistry.azure.net"],
    [`${AKS}/.default`, AKS],
  ])("gets a token for %s that the published keys verify", async (scope, audience) => {
    giveToApp();

    const { token } = await new ManagedIdentityCredential({
      clientId: identity.clientId,
    }).getToken(scope);

    const keys = createRemoteJWKSet(new URL(identity.jwksUrl));
    const { payload } = await jwtVerify(token, keys, { audience, algorithms: ["RS256"] });
    expect(payload).toMatchObject({
      iss: `https://sts.windows.net/${identity.tenantId}/`,
      aud: audience,
      sub: identity.principalId,
      oid: identity.principalId,
      appid: identity.clientId,
      tid: identity.tenantId,
      ver: "1.0",
    });
  });

  test("finds the endpoint by itself, from three settings alone", async () => {
    giveToApp();

    const token = await new DefaultAzureCredential().getToken("https://vault.azure.net/.default");

    expect(decodeJwt(token.token).aud).toBe("https://vault.azure.net");
    expect(token.expiresOnTimestamp).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  });

  test("fails with App Service's own text for an identity that the app does not have", async () => {
    giveToApp();

    const asking = new ManagedIdentityCredential({
      clientId: "f07359bb-f4f6-4e3c-ba9f-ccdf48eb80ce",
    }).getToken("https://storage.azure.com/.default");

    await expect(asking).rejects.toThrow(
      /No User Assigned or Delegated Managed Identity found for specified ClientId/,
    );
  });
});

describe("the protocol", () => {
  test("answers as App Service does: times as text, and who the token is for", async () => {
    const { body, status } = await ask();

    const answer = TokenAnswer.parse(body);
    const { exp } = decodeJwt(answer.access_token);
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      resource: "https://storage.azure.com",
      token_type: "Bearer",
      client_id: identity.clientId,
      expires_on: String(exp),
    });
    expect(decodeProtectedHeader(answer.access_token)).toMatchObject({ alg: "RS256", typ: "JWT" });
  });

  test.each([
    ["by the object id", () => ({ client_id: undefined, principal_id: identity.principalId }), 200],
    ["in capitals", () => ({ client_id: identity.clientId.toUpperCase() }), 200],
    ["not at all", () => ({ client_id: undefined }), 400],
    ["twice", () => ({ principal_id: identity.principalId }), 400],
    ["by an object id that is not its own", () => ({ client_id: undefined, object_id: AKS }), 400],
  ])("names the identity %s: %#", async (_how, query, expected) => {
    const { status } = await ask({ query: query() });

    expect(status).toBe(expected);
  });

  test.each([
    ["no resource", { resource: undefined }],
    ["an empty resource", { resource: "" }],
    ["a resource without end", { resource: `https://${"a".repeat(600)}` }],
    ["an old version", { "api-version": "2017-09-01" }],
    ["no version", { "api-version": undefined }],
  ])("refuses %s", async (_what, query) => {
    const { body, status } = await ask({ query });

    expect(status).toBe(400);
    expect(body).toMatchObject({ statusCode: 400, message: expect.any(String) });
  });

  test.each(["", "wrong", "0".repeat(64)])("refuses the header %j", async (header) => {
    const { body, status } = await ask({ header });

    expect(status).toBe(401);
    expect(JSON.stringify(body)).not.toContain(identity.header);
  });

  test("knows no other route and no other method", async () => {
    const other = await fetch(`${identity.url}/metadata/identity/oauth2/token`);
    const posted = await fetch(identity.endpoint, { method: "POST", body: "x".repeat(100_000) });

    expect([other.status, posted.status]).toStrictEqual([404, 405]);
  });

  test("publishes no private part of its key", async () => {
    const response = await fetch(identity.jwksUrl);

    const { keys } = z
      .object({ keys: z.array(z.record(z.string(), z.unknown())) })
      .parse(await response.json());
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0] ?? {}).toSorted()).toStrictEqual([
      "alg",
      "e",
      "kid",
      "kty",
      "n",
      "use",
    ]);
  });

  test("logs no token and no header", async () => {
    const { body } = await ask();

    const lines = log.join("\n");
    expect(lines).toContain("200 token for");
    expect(lines).not.toContain(identity.header);
    expect(lines).not.toContain(TokenAnswer.parse(body).access_token);
  });
});

describe("a restart", () => {
  test("keeps the identity and the key, and takes another header", async () => {
    const options = { dataDirectory: path.join(directory, "kept") };
    const first = await startIdentity(options);
    const { access_token: token } = TokenAnswer.parse((await ask({ from: first })).body);
    await first.stop();

    const second = await startIdentity(options);

    const keys = createRemoteJWKSet(new URL(second.jwksUrl));
    const verified = await jwtVerify(token, keys);
    await second.stop();
    expect(verified.payload["appid"]).toBe(second.clientId);
    expect(second.header).not.toBe(first.header);
    const { mode } = await stat(path.join(options.dataDirectory, "issuer-key.pem"));
    expect(mode % 0o1000).toBe(0o600);
  });

  test("takes a key from elsewhere", async () => {
    const issuerKeyFile = path.join(directory, "elsewhere.pem");

    const started = await startIdentity({ issuerKeyFile, lifetimeSeconds: 60 });

    const { body } = await ask({ from: started });
    await started.stop();
    const { expires_on: expires } = TokenAnswer.parse(body);
    expect(Number(expires) - Date.now() / 1000).toBeLessThanOrEqual(60);
    expect(await readFile(issuerKeyFile, "utf8")).toContain("PRIVATE KEY");
  });

  test("says which port is taken", async () => {
    const port = Number(new URL(identity.url).port);

    const starting = startIdentity({ port });

    await expect(starting).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use`);
  });
});
