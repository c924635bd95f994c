import { describe, expect, test } from "vitest";

import { ok, startApp } from "./support/app.ts";
import { requestRecord, runView, versionView } from "./support/records.ts";
import { Page, rollforward } from "./support/rollforward.ts";

describe("lists", () => {
  test("pipelines", async () => {
    const pipeline = {
      name: "support",
      generation: 2,
      updatedAt: "2026-05-04T03:02:01.000Z",
      model: "phi-4-mini-instruct",
      watches: "datasets/support/",
      serving: "support",
    };
    await using app = await startApp({
      "GET /api/pipelines": () => ok({ pipelines: [pipeline] }),
    });

    const [text, json] = await Promise.all([
      rollforward(["pipelines"], app),
      rollforward(["--json", "pipelines"], app),
    ]);

    expect(text.stdout).toMatch(/^NAME +MODEL +WATCHES +SERVING +VERSION +GENERATION\n/);
    expect(text.stdout).toMatch(
      /\nsupport +phi-4-mini-instruct +datasets\/support\/ +support +- +2\n$/,
    );
    expect(JSON.parse(json.stdout)).toEqual({ pipelines: [pipeline] });
  });

  test("no pipelines yet: says how to add one", async () => {
    await using app = await startApp({ "GET /api/pipelines": () => ok({ pipelines: [] }) });

    const ended = await rollforward(["pipelines"], app);

    expect(ended.stdout).toContain("rollforward apply -f pipeline.yaml");
  });

  test("runs, page by page", async () => {
    const failure = { code: "DATASET_INVALID", message: "row 3" } as const;
    const runs = [runView(), runView({ id: "support-6", phase: "Failed", failure })];
    await using app = await startApp({ "GET /api/runs": () => ok({ runs, next: "abc" }) });

    const words = ["runs", "-p", "support", "--limit", "2", "--next", "xyz"];
    const ended = await rollforward(words, app);

    expect(app.seen).toMatchObject([{ path: "/api/runs?limit=2&pipeline=support&next=xyz" }]);
    expect(ended.stdout).toMatch(/\nsupport-7 +Tuning +- /);
    expect(ended.stdout).toMatch(/\nsupport-6 +Failed +DATASET_INVALID .*row 3\n$/);
    expect(ended.stderr).toBe("There are more: add --next 'abc'\n");
  });

  test("requests, with what could not be read", async () => {
    const refused = { state: "refused", code: "UNSUPPORTED", message: "no csv" } as const;
    const requests = [requestRecord(), requestRecord({ id: "f".repeat(16), ...refused })];
    const unreadable = [
      { id: "m1", receivedAt: "2026-05-04T03:02:01.000Z", reason: "not JSON", excerpt: "{" },
    ];
    await using app = await startApp({ "GET /api/requests": () => ok({ requests, unreadable }) });

    const ended = await rollforward(["requests"], app);

    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/\n0123456789abcdef .* received .*support\/a\.jsonl\n/);
    expect(ended.stdout).toMatch(/\nf{16} .* refused .*UNSUPPORTED: no csv\n/);
    expect(ended.stdout).toMatch(/\nm1 .* unreadable .*not JSON\n$/);
  });

  test("versions", async () => {
    const quarantine = {
      contentHash: "c".repeat(64),
      version: 2,
      run: "support-6",
      reason: "it did not answer",
      at: "2026-05-04T03:02:01.000Z",
    };
    const versions = [versionView(), versionView({ version: 2, serving: false, quarantine })];
    await using app = await startApp({
      "GET /api/pipelines/support/versions": () => ok({ versions }),
    });

    const ended = await rollforward(["versions", "support"], app);

    expect(ended.stdout).toMatch(/\nv3 +serving +sha256:d{12} +support-7 +40 /);
    expect(ended.stdout).toMatch(/\nv2 +quarantined /);
    expect(ended.stderr).toBe("");
  });

  test("versions says when the cluster serves another one than was released", async () => {
    const drift = "v3 was released, and v1 is in the Workspace";
    await using app = await startApp({
      "GET /api/pipelines/support/versions": () => ok({ versions: [versionView()] }),
      "GET /api/pipelines/support/serving": () => ok({ service: "support", ready: true, drift }),
    });

    const ended = await rollforward(["versions", "support"], app);
    const json = await rollforward(["versions", "support", "--json"], app);

    expect(ended).toMatchObject({ code: 0, stderr: `Drift: ${drift}\n` });
    expect(json).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("version, ask, cancel and run", () => {
  test("a version is described down to its blobs", async () => {
    await using app = await startApp({
      "GET /api/pipelines/support/versions/3": () => ok(versionView()),
    });

    const ended = await rollforward(["version", "support", "v3"], app);

    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/^version +support v3\n/);
    expect(ended.stdout).toMatch(/\ndatasets\/support\/a\.jsonl +40 +0x1 +3{64}\n$/);
  });

  test("an answer names the version that gave it, and cannot steer the terminal", async () => {
    const answer = { question: "?", answer: "\u001B[2Jyes", model: "support", version: 3 };
    await using app = await startApp({ "POST /api/pipelines/support/ask": () => ok(answer) });

    const ended = await rollforward(["ask", "support", "Well?", "--base"], app);

    expect(ended).toMatchObject({ code: 0, stdout: "support v3: \uFFFD[2Jyes\n" });
    expect(JSON.parse(app.seen[0]?.body ?? "")).toEqual({ question: "Well?", of: "base" });
  });

  test("says that it waits when an answer takes long", async () => {
    const err = new Page();
    await using app = await startApp({
      "POST /api/pipelines/support/ask": async () => {
        await err.saw("waiting for");
        return ok({ question: "?", answer: "yes", model: "support" });
      },
    });

    const pace = { pollMs: 5, patienceMs: 20, slowMs: 1 };
    const ended = await rollforward(["ask", "support", "Well?"], { url: app.url, err, pace });

    expect(ended).toEqual({
      code: 0,
      stdout: "support: yes\n",
      stderr: `waiting for ${app.url}\n`,
    });
  });

  test("a run that is not there ends with exit code 1 and the app's words", async () => {
    await using app = await startApp({});

    const ended = await rollforward(["run", "support-9", "--json"], app);

    expect(ended).toMatchObject({ code: 1, stderr: "rollforward: There is no such thing\n" });
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: "NOT_FOUND" } });
  });

  test("cancel waits until the run has cleaned up", async () => {
    let phase: "Tuning" | "Cancelled" = "Tuning";
    await using app = await startApp({
      "POST /api/runs/support-7/cancel": () => {
        phase = "Cancelled";
        return ok(runView());
      },
      "GET /api/runs/support-7": () => ok(runView({ phase })),
    });

    const ended = await rollforward(["cancel", "support-7"], app);

    expect(ended).toMatchObject({ code: 0, stderr: "asked run support-7 to stop\n" });
    expect(ended.stdout).toMatch(/\nphase +Cancelled\n/);
    expect(ended.stdout).toMatch(/\nleft behind +nothing\n/);
  });

  test("cancel that comes too late is no success", async () => {
    await using app = await startApp({
      "POST /api/runs/support-7/cancel": () => ok(runView()),
      "GET /api/runs/support-7": () => ok(runView({ phase: "Succeeded" })),
    });

    const ended = await rollforward(["cancel", "support-7", "--json"], app);

    expect(ended.code).toBe(1);
    expect(JSON.parse(ended.stdout)).toMatchObject({ phase: "Succeeded" });
    expect(ended.stderr).toContain("ended as Succeeded before it could be cancelled");
  });
});
