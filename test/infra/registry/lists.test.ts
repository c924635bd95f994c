import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { codeOf, json, type Reply } from "./support/client.ts";
import {
  ABSENT,
  EMPTY_CONFIG,
  imageNamed,
  OCI_INDEX,
  pushBlob,
  pushImage,
  putManifest,
  sha256,
} from "./support/content.ts";
import { start, type TestRegistry } from "./support/start.ts";

let registry: TestRegistry;
beforeAll(async () => {
  registry = await start();
});
afterAll(async () => registry.stop());

describe("listing tags", () => {
  beforeAll(async () => {
    for (const tag of ["v3", "v1", "latest", "v2"])
      await pushImage(registry.client, "list/tags", tag);
  });

  test.each([
    { query: "", tags: ["latest", "v1", "v2", "v3"], link: undefined },
    {
      query: "?n=2",
      tags: ["latest", "v1"],
      link: '</v2/list/tags/tags/list?last=v1&n=2>; rel="next"',
    },
    { query: "?n=2&last=v1", tags: ["v2", "v3"], link: undefined },
    { query: "?last=v", tags: ["v1", "v2", "v3"], link: undefined },
    { query: "?n=0", tags: [], link: undefined },
    { query: "?n=99&last=zzz", tags: [], link: undefined },
  ])("'$query' gives $tags", async ({ link, query, tags }) => {
    const reply = await registry.client.send("GET", `/v2/list/tags/tags/list${query}`);

    expect(json(reply)).toEqual({ name: "list/tags", tags });
    expect(linkOf(reply)).toBe(link);
  });

  test.each(["-1", "many", "1e9", "9999999999"])("refuses n=%s", async (n) => {
    const reply = await registry.client.send("GET", `/v2/list/tags/tags/list?n=${n}`);

    expect([reply.status, codeOf(reply)]).toEqual([400, "PAGINATION_NUMBER_INVALID"]);
  });

  test("of a repository that is not there is NAME_UNKNOWN", async () => {
    const reply = await registry.client.send("GET", "/v2/list/nothing/tags/list");

    expect([reply.status, codeOf(reply)]).toEqual([404, "NAME_UNKNOWN"]);
  });
});

describe("listing repositories", () => {
  test("names those that have had a manifest, in pages", async () => {
    await pushImage(registry.client, "zz/two", "v1");
    await pushImage(registry.client, "zz/one", "v1");
    await pushBlob(registry.client, "zz/blob-only", "x");

    const first = await registry.client.send("GET", "/v2/_catalog?n=1&last=zz");
    const next = /<([^>]+)>/.exec(linkOf(first) ?? "")?.[1] ?? "";
    const rest = await registry.client.send("GET", next);

    expect(json(first)).toEqual({ repositories: ["zz/one"] });
    expect(json(rest)).toEqual({ repositories: ["zz/two"] });
  });
});

describe("listing referrers", () => {
  const evaluation = "application/vnd.example.evaluation.v1+json";

  test("gives an index of what refers to a digest, and filters by artifact type", async () => {
    const { descriptor, digest } = await pushImage(registry.client, "refer/image", "v1");
    const report = imageNamed("report", { artifactType: evaluation, subject: descriptor });
    const card = imageNamed("card", { subject: descriptor });

    const put = await putManifest(registry.client, "refer/image", sha256(report), report);
    await putManifest(registry.client, "refer/image", sha256(card), card);
    const all = await registry.client.send("GET", `/v2/refer/image/referrers/${digest}`);
    const filtered = await registry.client.send(
      "GET",
      `/v2/refer/image/referrers/${digest}?artifactType=${encodeURIComponent(evaluation)}`,
    );

    expect(put.headers["oci-subject"]).toBe(digest);
    expect(all.headers["content-type"]).toBe(OCI_INDEX);
    const types = (json(all) as { manifests: { artifactType: string }[] }).manifests;
    expect(types.map(({ artifactType }) => artifactType).toSorted()).toEqual([
      evaluation,
      EMPTY_CONFIG,
    ]);
    expect(filtered.headers["oci-filters-applied"]).toBe("artifactType");
    expect(json(filtered)).toMatchObject({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [
        {
          digest: sha256(report),
          size: report.length,
          artifactType: evaluation,
          annotations: { "org.example.name": "report" },
        },
      ],
    });
  });

  test("may come before what they refer to", async () => {
    await pushBlob(registry.client, "refer/early", "{}");
    const subject = {
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest: ABSENT,
      size: 2,
    };

    const body = imageNamed("early", { subject });
    const put = await putManifest(registry.client, "refer/early", "early", body);
    const list = await registry.client.send("GET", `/v2/refer/early/referrers/${ABSENT}`);

    expect(put.status).toBe(201);
    expect(json(list)).toMatchObject({ manifests: [{ digest: sha256(body) }] });
  });

  test("gives an empty index for what nobody refers to, and refuses what is no digest", async () => {
    const nobody = await registry.client.send("GET", `/v2/refer/none/referrers/${ABSENT}`);
    const noDigest = await registry.client.send("GET", "/v2/refer/none/referrers/v1");

    expect(nobody.status).toBe(200);
    expect(json(nobody)).toEqual({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
    expect([noDigest.status, codeOf(noDigest)]).toEqual([400, "DIGEST_INVALID"]);
  });
});

function linkOf({ headers }: Reply): string | undefined {
  return [headers["link"]].flat()[0];
}
