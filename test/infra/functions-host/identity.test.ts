import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";

import { UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { ensureCertificates } from "../../../infra/local/certificates/certificates.ts";
import { type Azurite, startAzurite } from "./support/azurite.ts";
import { removeDirectory, startHost, temporaryDirectory } from "./support/host-process.ts";
import { until } from "./support/until.ts";

const IDENTITY_SECRET = "the header that only the app's own process knows";

const stops: (() => Promise<unknown>)[] = [];
const tokenRequests: URL[] = [];
let directory: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  stops.push(() => removeDirectory(directory));
});

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

function identityConnection(name: string, azurite: Azurite): Record<string, string> {
  return {
    [`${name}__blobServiceUri`]: azurite.blobServiceUrl,
    [`${name}__queueServiceUri`]: azurite.queueServiceUrl,
    [`${name}__credential`]: "managedidentity",
  };
}

/** The endpoint that App Service gives an app with a managed identity; Azurite does not check signatures. */
async function startIdentityEndpoint(): Promise<string> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (request.headers["x-identity-header"] !== IDENTITY_SECRET) {
      response.writeHead(401).end();
      return;
    }
    tokenRequests.push(url);
    const resource = url.searchParams.get("resource") ?? "";
    const token = new UnsecuredJWT({ sub: "app" })
      .setIssuer("https://sts.windows.net/tenant/")
      .setAudience(resource)
      .setIssuedAt()
      .setNotBefore("0s")
      .setExpirationTime("1h")
      .encode();
    const expires = Math.floor(Date.now() / 1000) + 3600;
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({
        access_token: token,
        expires_on: String(expires),
        resource,
        token_type: "Bearer",
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}/msi/token`;
}

describe("a connection by managed identity", () => {
  test("reads and writes queues over TLS with tokens of the identity that its settings name", async () => {
    const { caFile, certFile, keyFile } = await ensureCertificates(directory);
    const azurite = await startAzurite(["--oauth", "basic", "--cert", certFile, "--key", keyFile]);
    stops.push(() => azurite.stop());
    const host = await startHost("esm-app", ["--memory"], {
      WITH_QUEUES: "1",
      NODE_EXTRA_CA_CERTS: caFile,
      IDENTITY_ENDPOINT: await startIdentityEndpoint(),
      IDENTITY_HEADER: IDENTITY_SECRET,
      Storage__queueServiceUri: azurite.queueServiceUrl,
      Storage__credential: "managedidentity",
      Storage__clientId: "11111111-2222-3333-4444-555555555555",
    });
    stops.push(() => host.stop());

    // An output writes what the trigger then reads: nothing but the host talks to this queue.
    const response = await fetch(`${host.url}/order`, {
      method: "POST",
      body: "by identity",
      headers: { "x-functions-key": host.keys?.function ?? "" },
    });

    expect(response.status).toBe(202);
    await until("the trigger has it", () => host.log().includes("working on by identity"));
    expect(Object.fromEntries(tokenRequests[0]?.searchParams ?? [])).toMatchObject({
      resource: "https://storage.azure.com",
      client_id: "11111111-2222-3333-4444-555555555555",
    });
  });

  test("reads blobs in the same way, and keeps what blob triggers need in the host's own account", async () => {
    const { caFile, certFile, keyFile } = await ensureCertificates(directory);
    const azurite = await startAzurite(["--oauth", "basic", "--cert", certFile, "--key", keyFile]);
    stops.push(() => azurite.stop());
    const host = await startHost("blob-app", ["--memory"], {
      EXECUTIONS_FILE: path.join(directory, "executions"),
      IN: "inbox",
      PREFIX: "sent",
      NODE_EXTRA_CA_CERTS: caFile,
      IDENTITY_ENDPOINT: await startIdentityEndpoint(),
      IDENTITY_HEADER: IDENTITY_SECRET,
      ...identityConnection("Storage", azurite),
      ...identityConnection("AzureWebJobsStorage", azurite),
    });
    stops.push(() => host.stop());

    const written = await fetch(`${host.url}/write/north`, {
      method: "POST",
      body: JSON.stringify({ order: { id: 1 } }),
      headers: { "content-type": "application/json", "x-kind": "found" },
    });
    const response = await fetch(`${host.url}/read/north?name=ada`);

    expect(written.status).toBe(202);
    expect(await response.json()).toEqual({ stored: null, missing: null });
    expect(host.log()).not.toContain("cannot be read");
  });
});
