import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { FaultRule } from "../../infra/local/cluster/node/faults/fault-rule.ts";
import { routes } from "../../shared/contracts/http-api.ts";
import { dataAbout } from "./support/datasets.ts";
import { type Lab, startLab } from "./support/lab.ts";

type WithoutWorkspace<Rule> = Rule extends unknown ? Omit<Rule, "workspace"> : never;

/** What is broken for the second run of a pipeline, and the code with which that run ends. */
interface Case {
  readonly pipeline: string;
  readonly what: string;
  readonly code: string;
  readonly rule: WithoutWorkspace<FaultRule>;
  readonly message: RegExp;
  readonly deadline?: string;
}

const CASES: readonly Case[] = [
  {
    pipeline: "exits",
    what: "the trainer exits with 1",
    code: "TRAINING_CRASHED",
    rule: { fault: "trainer-exits", exitCode: 1 },
    message: /exit code 1/,
  },
  {
    pipeline: "memory",
    what: "the trainer is out of memory",
    code: "OUT_OF_MEMORY",
    rule: { fault: "trainer-out-of-memory" },
    message: /memory/i,
  },
  {
    pipeline: "push",
    what: "the push is refused",
    code: "PUSH_FAILED",
    rule: { fault: "push-refused" },
    message: /push/i,
  },
  {
    pipeline: "image",
    what: "an image cannot be pulled",
    code: "IMAGE_PULL_FAILED",
    rule: { fault: "image-pull-fails" },
    message: /cannot be pulled/,
  },
  {
    pipeline: "node",
    what: "the node never comes",
    code: "CAPACITY_UNAVAILABLE",
    rule: { fault: "node-never" },
    message: /node/i,
  },
  {
    pipeline: "deadline",
    what: "the tuning runs past its deadline",
    code: "TUNING_TIMEOUT",
    rule: { fault: "training-takes", seconds: 600 },
    message: /deadline/,
    deadline: "4s",
  },
  {
    pipeline: "download",
    what: "the dataset cannot be downloaded",
    code: "DATA_DOWNLOAD_FAILED",
    rule: { fault: "download-fails" },
    message: /download/i,
  },
  {
    pipeline: "missing",
    what: "the pushed image has a file missing",
    code: "ADAPTER_INVALID",
    rule: { fault: "adapter-missing-file" },
    message: /.+/,
  },
  {
    pipeline: "rank",
    what: "the pushed adapter has another rank",
    code: "ADAPTER_INVALID",
    rule: { fault: "adapter-wrong-rank", rank: 64 },
    message: /.+/,
  },
  {
    pipeline: "truncated",
    what: "the pushed layer is truncated",
    code: "ADAPTER_INVALID",
    rule: { fault: "adapter-truncated-layer" },
    message: /.+/,
  },
];

describe.concurrent("a run that fails", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab();
  });

  afterAll(async () => {
    await lab.stop();
  });

  test.each(CASES)("because $what ends with $code", async (failing) => {
    const { code, deadline, message, pipeline, rule } = failing;
    await lab.cluster.addFaults({ workspace: `rf-${pipeline}-2`, ...rule });
    await lab.apply(pipeline, deadline === undefined ? {} : { deadline });
    const first = await lab.train(pipeline, "a.jsonl", dataAbout("apple"));
    const run = await lab.train(pipeline, "b.jsonl", dataAbout("banana"));

    expect(first).toMatchObject({ phase: "Succeeded", version: 1 });
    expect(run).toMatchObject({ phase: "Failed", failure: { code }, leftBehind: [] });
    expect(run.failure?.message).toMatch(message);
    expect(await lab.cluster.tuningObjects(pipeline)).toEqual([]);
    expect(await lab.ask(pipeline)).toContain("The word is apple.");
    const { versions } = await lab.api.call(routes.listVersions, { params: { pipeline } });
    expect(versions.map(({ version }) => version)).toEqual([1]);
  });

  test("because rows are bad names their lines, and no Workspace is ever created", async () => {
    await lab.apply("rows");
    await lab.train("rows", "a.jsonl", dataAbout("apple"));
    const lines = dataAbout("banana").split("\n");
    const bad = [lines[0], '{"text": "alone"}', lines[1], "not JSON", lines[2]].join("\n");

    const run = await lab.train("rows", "b.jsonl", bad);

    expect(run).toMatchObject({ phase: "Failed", failure: { code: "DATASET_INVALID" } });
    expect(run.failure?.details).toEqual([
      expect.stringMatching(/^rows\/b\.jsonl line 2: /),
      expect.stringMatching(/^rows\/b\.jsonl line 4: /),
    ]);
    expect(run.phases.map(({ phase }) => phase)).toEqual(["Collecting", "Preparing", "Failed"]);
    expect(lab.cluster.created.filter((name) => name.startsWith("rf-rows-"))).toEqual([
      "rf-rows-1",
    ]);
    expect(await lab.ask("rows")).toContain("The word is apple.");
  });

  test("because the first version crash-loops says that its serving Workspace stays", async () => {
    await lab.apply("firstborn");
    const workspace = "firstborn-blue";
    await lab.cluster.addFaults({ workspace, fault: "serving-crash-loops" });

    const first = await lab.train("firstborn", "a.jsonl", dataAbout("apple"));

    expect(first).toMatchObject({
      phase: "Failed",
      version: 1,
      failure: { code: "ROLLOUT_FAILED" },
      leftBehind: [expect.stringContaining(`Workspace ${workspace}`)],
    });
    expect(await lab.cluster.tuningObjects("firstborn")).toEqual([]);
  });

  test("because the new pod crash-loops restores the old adapter and quarantines the new", async () => {
    await lab.apply("crashing");
    const first = await lab.train("crashing", "a.jsonl", dataAbout("apple"));
    const workspace = "crashing-blue";
    await lab.cluster.addFaults(
      // Of no effect in serving: it keeps the next rule from the first version.
      { workspace, image: `*@${first.digest}`, fault: "training-takes", seconds: 1 },
      { workspace, fault: "serving-crash-loops" },
    );

    const run = await lab.train("crashing", "b.jsonl", dataAbout("banana"));

    expect(run).toMatchObject({
      phase: "RolledBack",
      version: 2,
      failure: { code: "ROLLOUT_FAILED" },
      leftBehind: [],
    });
    expect(await lab.ask("crashing")).toContain("The word is apple.");
    expect(await lab.cluster.tuningObjects("crashing")).toEqual([]);
    const params = { pipeline: "crashing" };
    const { versions } = await lab.api.call(routes.listVersions, { params });
    expect(versions).toMatchObject([
      { version: 2, serving: false, quarantine: { run: run.id } },
      { version: 1, serving: true },
    ]);
    const again = await lab.train("crashing", "c.jsonl", dataAbout("banana"));
    expect(again).toMatchObject({ phase: "Failed", failure: { code: "VERSION_CONFLICT" } });
    expect(await lab.ask("crashing")).toContain("The word is apple.");
  });
});
