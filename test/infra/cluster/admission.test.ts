import { readFileSync } from "node:fs";

import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";

import { mergePatch } from "../../../infra/local/cluster/api/patch/merge-patch.ts";
import type { ApiClient } from "./support/api-client.ts";
import { startPlane } from "./support/plane.ts";
import { tuningWorkspace, WORKSPACES } from "./support/workspaces.ts";

const JsonObject = z.looseObject({});

/** What the real webhook of KAITO 0.12 answered to the same requests. */
const { tuning, inference, cases } = z
  .object({
    tuning: JsonObject,
    inference: JsonObject,
    cases: z.array(
      z.object({
        case: z.string(),
        verb: z.enum(["create", "update"]),
        base: z.enum(["tuning", "inference"]),
        patch: JsonObject,
        status: z.number(),
        message: z.string().optional(),
      }),
    ),
  })
  .parse(
    JSON.parse(
      readFileSync(new URL("./fixtures/admission-kaito-0.12.json", import.meta.url), "utf8"),
    ),
  );

const DRY_RUN = "dryRun=All&fieldValidation=Strict";

/** kubectl cut the blanks at the end of a message, and the list of sizes is in a random order. */
function comparable(message: unknown): string {
  return (typeof message === "string" ? message : "")
    .replace(/Supported SKUs: \[[^\]]*\]/, "Supported SKUs")
    .trim();
}

describe("admission answers what KAITO 0.12 answered", () => {
  let api: ApiClient;

  beforeEach(async () => {
    ({ api } = await startPlane());
  });

  test.each(cases.filter(({ verb }) => verb === "create"))("create: $case", async (given) => {
    const object = mergePatch(given.base === "tuning" ? tuning : inference, given.patch);

    const path = `${WORKSPACES}?${DRY_RUN}`;
    const answer = await api.request("POST", path, JsonObject.parse(object));

    expect(answer.status).toBe(given.status);
    expect(comparable(answer.body["message"])).toBe(comparable(given.message));
  });

  test.each(cases.filter(({ verb }) => verb === "update"))("update: $case", async (given) => {
    await api.post(WORKSPACES, given.base === "tuning" ? tuning : inference);

    const type = "application/merge-patch+json";
    const path = `${WORKSPACES}/adm?dryRun=All`;
    const answer = await api.request("PATCH", path, given.patch, { type });

    expect(answer.status).toBe(given.status);
    expect(comparable(answer.body["message"])).toBe(comparable(given.message));
  });
});

describe("the tuning configuration is looked at", () => {
  const configs: Record<string, string | undefined> = {
    ok: "training_config: {QuantizationConfig: {load_in_4bit: true}}",
    typo: "training_config: {QuantizationConfig: {load_in_4bit: true}, LoraConfig: {rr: 8}}",
    relative:
      "training_config: {QuantizationConfig: {load_in_4bit: true}, TrainingArguments: {output_dir: results}}",
    outside:
      "training_config: {QuantizationConfig: {load_in_4bit: true}, TrainingArguments: {output_dir: ..}}",
    noquant: "training_config: {LoraConfig: {r: 8}}",
    both: "training_config: {QuantizationConfig: {load_in_4bit: true, load_in_8bit: true}}",
    section: "training_config: {QuantizationConfig: {load_in_4bit: true}, Bogus: {}}",
    broken: "training_config: [",
    nokey: undefined,
  };
  async function ask(name: string): Promise<{ status: number; message: unknown }> {
    const { api } = await startPlane();
    const text = configs[name];
    const data = text === undefined ? {} : { "training_config.yaml": text };
    await api.post("/api/v1/namespaces/ml/configmaps", { metadata: { name: `cm-${name}` }, data });
    const workspace = tuningWorkspace("w", { config: `cm-${name}` });
    const { status, body } = await api.request("POST", `${WORKSPACES}?dryRun=All`, workspace);
    return { status, message: body["message"] };
  }

  test.each(["ok", "typo", "relative"])("%s is admitted", async (name) => {
    expect(await ask(name)).toMatchObject({ status: 201 });
  });

  test.each([
    ["nokey", "does not contain 'training_config.yaml' in namespace 'ml': config"],
    ["noquant", "For method 'qlora', either 'load_in_4bit' or 'load_in_8bit' must be true"],
    ["both", "Cannot set both 'load_in_4bit' and 'load_in_8bit' to true in ConfigMap 'cm-both'"],
    ["section", "invalid value: Unrecognized section: Bogus: training_config.yaml: tuning.Config"],
    ["broken", "Failed to parse 'training_config.yaml' in ConfigMap 'cm-broken'"],
    ["outside", "Invalid output_dir specified: '..', must be a directory"],
  ])("%s is refused", async (name, message) => {
    const answer = await ask(name);

    expect(answer.status).toBe(400);
    expect(answer.message).toContain("Failed to evaluate validateConfigMap: ");
    expect(answer.message).toContain(message);
  });
});
