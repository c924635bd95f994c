import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";

import { describe, expect, test, vi } from "vitest";

import { codeOf, json } from "./support/client.ts";
import { pushBlob, pushImage, sha256 } from "./support/content.ts";
import { startProgram } from "./support/program.ts";
import { start, startForTest, temporaryDirectory } from "./support/start.ts";

describe("after a stop", () => {
  test("images, tags, locks, referrers and refresh tokens are what they were", async () => {
    const dataDirectory = await temporaryDirectory();
    const first = await start({ dataDirectory });
    const { body, descriptor, digest } = await pushImage(first.client, "kept/app", "v1");
    await pushImage(first.client, "kept/app", "report", { subject: descriptor });
    await first.client.send("PATCH", "/acr/v1/kept/app/_tags/v1", {
      body: '{"writeEnabled":false}',
    });
    const before = await first.client.send("GET", "/acr/v1/kept/app/_tags/v1");
    await first.stop();

    const { client } = await startForTest({ dataDirectory });
    const image = await client.send("GET", "/v2/kept/app/manifests/v1");
    const tag = await client.send("GET", "/acr/v1/kept/app/_tags/v1");
    const referrers = await client.send("GET", `/v2/kept/app/referrers/${digest}`);

    expect(image.body.toString()).toBe(body);
    expect(json(tag)).toMatchObject({ tag: (json(before) as { tag: object }).tag });
    expect((json(referrers) as { manifests: unknown[] }).manifests).toHaveLength(1);
  });

  test("without a data directory nothing is left", async () => {
    const temporary = await temporaryDirectory();
    vi.stubEnv("TMPDIR", temporary);
    const registry = await start();
    vi.unstubAllEnvs();
    await pushBlob(registry.client, "gone", "x");
    const during = await readdir(temporary);

    await registry.stop();

    expect(during).toHaveLength(1);
    expect(await readdir(temporary)).toEqual([]);
  });

  test("the port and the directory are free again, with requests still open", async () => {
    const dataDirectory = await temporaryDirectory();
    const first = await start({ dataDirectory });
    const open = first.client.open("POST", "/v2/a/blobs/uploads/", { "content-length": "9" });
    open.on("error", () => undefined);
    open.write("x");

    await first.stop();
    const port = Number(new URL(first.url).port);
    const second = await startForTest({ dataDirectory, port });

    expect(second.url).toBe(first.url);
  });
});

describe("after a kill -9", () => {
  test("everything that was answered is there, and uploads begin again", async () => {
    const data = await temporaryDirectory();
    const first = await startProgram(["--data", data]);
    const content = randomBytes(200_000);
    await pushBlob(first.client, "kept/app", content);
    const { digest } = await pushImage(first.client, "kept/app", "v1");
    const begun = await first.client.send("POST", "/v2/kept/app/blobs/uploads/");
    await first.client.send("PATCH", begun.headers.location ?? "", { body: content });
    await first.kill("SIGKILL");

    const { client } = await startProgram(["--data", data]);
    const blob = await client.send("GET", `/v2/kept/app/blobs/${sha256(content)}`);
    const image = await client.send("HEAD", "/v2/kept/app/manifests/v1");
    const upload = await client.send("GET", begun.headers.location ?? "");

    expect(blob.body.equals(content)).toBe(true);
    expect(image.headers["docker-content-digest"]).toBe(digest);
    expect([upload.status, codeOf(upload)]).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
    expect(await readdir(path.join(data, "uploads"))).toEqual([]);
  });
});

test("a blob file that nobody has is removed at the start, and those in use are not", async () => {
  const dataDirectory = await temporaryDirectory();
  const first = await start({ dataDirectory });
  const { digest } = await pushBlob(first.client, "a", "kept");
  await first.stop();
  const orphan = fileOf(dataDirectory, sha256("half done"));
  await mkdir(path.dirname(orphan), { recursive: true });
  await writeFile(orphan, "half done");

  const { client } = await startForTest({ dataDirectory });

  expect(existsSync(orphan)).toBe(false);
  expect((await client.send("GET", `/v2/a/blobs/${digest}`)).body.toString()).toBe("kept");
});

test("a blob file goes with the last repository that has it", async () => {
  const dataDirectory = await temporaryDirectory();
  const { client } = await startForTest({ dataDirectory });
  const { digest } = await pushBlob(client, "a", "shared");
  await pushBlob(client, "b", "shared");

  await client.send("DELETE", `/v2/a/blobs/${digest}`);
  const afterOne = existsSync(fileOf(dataDirectory, digest));
  await client.send("DELETE", `/v2/b/blobs/${digest}`);
  const afterBoth = existsSync(fileOf(dataDirectory, digest));

  expect([afterOne, afterBoth]).toEqual([true, false]);
});

function fileOf(dataDirectory: string, digest: string): string {
  const hex = digest.slice("sha256:".length);
  return path.join(dataDirectory, "blobs", "sha256", hex.slice(0, 2), hex);
}
