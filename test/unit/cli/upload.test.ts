import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type Answer, type App, inTurn, ok, startApp } from "./support/app.ts";
import { requestRecord, runView } from "./support/records.ts";
import { Page, rollforward } from "./support/rollforward.ts";

// sha256 of "upload\nsupport\ndatasets\nsupport/a.jsonl\n0x8D": the first 16 digits.
const REQUEST = "18a4869c1eedec9d";
const CREATED: Answer = { status: 201, headers: { etag: '"0x8D"' } };
const NOT_YET: Answer = { status: 404, body: { error: { code: "NOT_FOUND", message: "-" } } };

describe("upload", () => {
  let file: string;

  beforeAll(async () => {
    file = path.join(await mkdtemp(path.join(tmpdir(), "rollforward-upload-")), "a.jsonl");
    await writeFile(file, "one row\n");
  });

  afterAll(async () => {
    await rm(path.dirname(file), { recursive: true, force: true });
  });

  /** The app, with Blob Storage behind the same address. */
  const start = async (
    request: () => Answer,
    { put = () => CREATED, storage }: { put?: () => Answer; storage?: string } = {},
  ): Promise<App> => {
    const app: App = await startApp({
      "POST /api/pipelines/support/uploads": () =>
        ok({
          method: "PUT",
          url: `${storage ?? app.url}/datasets/support/a.jsonl?sig=s3cret`,
          headers: { "x-ms-blob-type": "BlockBlob" },
          container: "datasets",
          blob: "support/a.jsonl",
          expiresAt: "2026-05-04T03:02:01.000Z",
        }),
      "PUT /datasets/support/a.jsonl": put,
      [`GET /api/requests/support/${REQUEST}`]: request,
      "GET /api/runs/support-7": () => ok(runView({ phase: "Succeeded", version: 3 })),
    });
    return app;
  };

  test("drops the file, and follows the run of the request that its event makes", async () => {
    const record = { id: REQUEST, run: "support-7" };
    await using app = await start(
      inTurn(
        NOT_YET,
        ok(requestRecord({ id: REQUEST, state: "waiting" })),
        ok(requestRecord({ ...record, state: "running" })),
      ),
    );

    const ended = await rollforward(["upload", "support", file, "--json"], app);

    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ phase: "Succeeded", version: 3 });
    expect(ended.stderr.split("\n")).toEqual([
      "uploading a.jsonl (8 bytes)",
      `dropped datasets/support/a.jsonl (request ${REQUEST})`,
      "waiting for the event",
      "waiting for its turn, behind another run",
      "",
    ]);
    expect(app.seen.slice(0, 2)).toMatchObject([
      { body: '{"name":"a.jsonl"}' },
      { body: "one row\n", headers: { "x-ms-blob-type": "BlockBlob", "content-length": "8" } },
    ]);
  });

  test("--no-wait prints what was dropped under the request's id", async () => {
    await using app = await start(() => NOT_YET);

    const words = ["upload", "support", file, "--name", "may/b.jsonl", "--no-wait", "--json"];
    const ended = await rollforward(words, app);

    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toEqual({
      pipeline: "support",
      request: REQUEST,
      container: "datasets",
      blob: "support/a.jsonl",
      etag: '"0x8D"',
    });
    expect(app.seen).toMatchObject([{ body: '{"name":"may/b.jsonl"}' }, { method: "PUT" }]);
  });

  test("a request that is refused ends it with the reason", async () => {
    const refused = { state: "refused", code: "DATASET_NOT_FOUND", message: "gone" } as const;
    await using app = await start(() => ok(requestRecord({ id: REQUEST, ...refused })));

    const ended = await rollforward(["upload", "support", file], app);

    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toContain(`Request ${REQUEST} is refused and made no run`);
    expect(ended.stderr).toContain("DATASET_NOT_FOUND: gone");
  });

  test("survives a restart of the app while it waits, and drops the file once", async () => {
    const err = new Page();
    await using app = await start(
      inTurn(NOT_YET, ok(requestRecord({ id: REQUEST, state: "running", run: "support-7" }))),
    );
    const uploading = rollforward(["upload", "support", file], { url: app.url, err });
    await err.saw("waiting for the event");
    await app.stop();
    await err.saw("no answer; trying again");
    await app.start();

    const ended = await uploading;

    expect(ended.code).toBe(0);
    expect(app.seen.filter(({ method }) => method === "PUT")).toHaveLength(1);
  });

  test("tries again when Blob Storage takes no connection: nothing was sent", async () => {
    const err = new Page();
    await using storage = await startApp({ "PUT /datasets/support/a.jsonl": () => CREATED });
    await storage.stop();
    await using app = await start(
      () => ok(requestRecord({ id: REQUEST, state: "running", run: "support-7" })),
      { storage: storage.url },
    );
    const uploading = rollforward(["upload", "support", file], { url: app.url, err });
    await err.saw("no answer; trying again");
    await storage.start();

    const ended = await uploading;

    expect(ended.code).toBe(0);
    expect(storage.seen).toMatchObject([{ method: "PUT", body: "one row\n" }]);
  });

  test("a refusal of Blob Storage does not show the signed URL", async () => {
    await using app = await start(() => NOT_YET, { put: () => ({ status: 403 }) });

    const ended = await rollforward(["upload", "support", file, "--json"], app);

    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("Blob Storage refused support/a.jsonl with HTTP 403");
    expect(ended.stdout + ended.stderr).not.toContain("s3cret");
  });

  test("an empty file is refused before it is sent", async () => {
    const empty = path.join(path.dirname(file), "empty.jsonl");
    await writeFile(empty, "");
    await using app = await start(() => NOT_YET);

    const ended = await rollforward(["upload", "support", empty], app);

    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("empty.jsonl is empty");
    expect(app.seen).toEqual([]);
  });
});
