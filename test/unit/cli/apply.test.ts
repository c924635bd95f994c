import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough } from "node:stream";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Interrupted } from "../../../cli/errors.ts";
import { ok, startApp } from "./support/app.ts";
import { rollforward } from "./support/rollforward.ts";

const PIPELINE = `apiVersion: rollforward.dev/v1
kind: Pipeline
metadata: { name: support }
dataset: { container: datasets }
tuning: { model: phi-4-mini-instruct }
adapter: { repository: adapters/support }
`;

describe("apply", () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "rollforward-apply-"));
    await writeFile(path.join(directory, "good.yaml"), PIPELINE);
    await writeFile(path.join(directory, "bad.yaml"), PIPELINE.replace("kind", "knd"));
    await writeFile(path.join(directory, "torn.yaml"), "kind: [");
  });

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  test("sends the document as it is written", async () => {
    await using app = await startApp({
      "PUT /api/pipelines/support": () => ok({ name: "support", generation: 2, changed: true }),
    });

    const ended = await rollforward(["apply", "-f", path.join(directory, "good.yaml")], app);

    expect(ended).toEqual({ code: 0, stdout: "pipeline support: generation 2\n", stderr: "" });
    expect(app.seen).toMatchObject([{ body: PIPELINE }]);
  });

  test("reads standard input", async () => {
    await using app = await startApp({
      "PUT /api/pipelines/support": () => ok({ name: "support", generation: 2, changed: false }),
    });

    const ended = await rollforward(["apply", "-f", "-"], { url: app.url, input: PIPELINE });

    expect(ended).toMatchObject({ code: 0, stdout: "pipeline support: unchanged\n" });
  });

  test("names standard input as the place of what is wrong in it", async () => {
    const ended = await rollforward(["apply", "-f", "-"], {
      url: "http://127.0.0.1:9",
      input: "-",
    });

    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).toContain("standard input:1:1: ");
  });

  test("Ctrl-C ends the wait for a document that nobody types", async () => {
    const interrupt = new AbortController();
    const input = new PassThrough();
    const applying = rollforward(["apply", "-f", "-"], {
      url: "http://127.0.0.1:9",
      input,
      signal: interrupt.signal,
    });
    interrupt.abort(new Interrupted(130));

    const ended = await applying;

    expect(ended).toMatchObject({ code: 130, stdout: "" });
    expect(input.destroyed).toBe(true);
  });

  test.each`
    file           | place
    ${"bad.yaml"}  | ${'bad.yaml:2:1: "knd" is not a field here'}
    ${"torn.yaml"} | ${"torn.yaml:1:8: "}
  `(
    "refuses $file with line and column, unsent",
    async ({ file, place }: Record<string, string>) => {
      await using app = await startApp({});
      const words = ["apply", "-f", path.join(directory, file ?? ""), "--json"];

      const ended = await rollforward(words, app);

      expect(ended.code).toBe(2);
      expect(ended.stderr).toContain(place);
      expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: "INVALID" } });
      expect(app.seen).toEqual([]);
    },
  );

  test("passes on what only the app can know", async () => {
    const error = { code: "UNSUPPORTED", message: "Not supported yet", details: ["line 4: x"] };
    await using app = await startApp({
      "PUT /api/pipelines/support": () => ({ status: 400, body: { error } }),
    });

    const ended = await rollforward(["apply", "-f", "-", "--json"], {
      url: app.url,
      input: PIPELINE,
    });

    expect(ended).toMatchObject({
      code: 1,
      stderr: "rollforward: Not supported yet\n  line 4: x\n",
    });
    expect(JSON.parse(ended.stdout)).toEqual({ error });
  });
});
