import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { codeOf } from "./support/client.ts";
import { pushBlob } from "./support/content.ts";
import { start, type TestRegistry } from "./support/start.ts";

let registry: TestRegistry;
beforeAll(async () => {
  registry = await start();
});
afterAll(async () => registry.stop());

describe("a request without a token", () => {
  test.each([
    { method: "GET", path: "/v2/team/app/manifests/v1", scope: "repository:team/app:pull" },
    { method: "HEAD", path: "/v2/team%2Fapp/blobs/x", scope: "repository:team/app:pull" },
    { method: "GET", path: "/v2/team/app/tags/list", scope: "repository:team/app:pull" },
    { method: "GET", path: "/v2/team/app/referrers/x", scope: "repository:team/app:pull" },
    { method: "PUT", path: "/v2/team/app/manifests/v1", scope: "repository:team/app:pull,push" },
    { method: "POST", path: "/v2/team/app/blobs/uploads/", scope: "repository:team/app:pull,push" },
    { method: "DELETE", path: "/v2/team/app/manifests/v1", scope: "repository:team/app:delete" },
    { method: "DELETE", path: "/v2/team/app/blobs/x", scope: "repository:team/app:delete" },
    { method: "GET", path: "/v2/_catalog", scope: "registry:catalog:*" },
    { method: "GET", path: "/acr/v1/_catalog", scope: "registry:catalog:*" },
    { method: "GET", path: "/acr/v1/team%2Fapp", scope: "repository:team/app:metadata_read" },
    { method: "GET", path: "/acr/v1/team/app/_tags", scope: "repository:team/app:metadata_read" },
    {
      method: "PATCH",
      path: "/acr/v1/team/app/_tags/v1",
      scope: "repository:team/app:metadata_write",
    },
    { method: "DELETE", path: "/acr/v1/team/app", scope: "repository:team/app:delete" },
  ])("to $method $path is told to get $scope", async ({ method, path, scope }) => {
    const reply = await registry.stranger.send(method, path);

    const realm = `https://${registry.loginServer}/oauth2/token`;
    expect(reply.status).toBe(401);
    expect(reply.headers["www-authenticate"]).toBe(
      `Bearer realm="${realm}",service="${registry.loginServer}",scope="${scope}"`,
    );
  });

  test("to mount a blob is told to get the right to pull it as well", async () => {
    const { digest } = await pushBlob(registry.client, "team/source", "secret");
    const query = `?mount=${digest}&from=team/source`;

    const reply = await registry.stranger.send("POST", `/v2/team/app/blobs/uploads/${query}`);

    expect(reply.headers["www-authenticate"]).toContain(
      'scope="repository:team/app:pull,push repository:team/source:pull"',
    );
  });

  test("to GET /v2/ is told where to get one, for the name that it used", async () => {
    const reply = await registry.stranger.send("GET", "/v2/", {
      headers: { host: "registry.rollforward.internal:5443" },
    });

    expect(reply.status).toBe(401);
    expect(codeOf(reply)).toBe("UNAUTHORIZED");
    expect(reply.headers["www-authenticate"]).toBe(
      `Bearer realm="https://registry.rollforward.internal:5443/oauth2/token",service="${registry.loginServer}"`,
    );
  });

  test("whose Host would break out of the challenge is told the registry's own", async () => {
    const reply = await registry.stranger.send("GET", "/v2/", { headers: { host: 'x",evil="' } });

    expect(reply.headers["www-authenticate"]).toContain(`realm="https://${registry.loginServer}/`);
  });
});
