import { describe, expect, test } from "vitest";

import { checkAdapterConfig } from "../../../../shared/domain/adapter/check-adapter-config.ts";

/** The fields that peft 0.17 writes, as far as they decide something. */
const CONFIG = {
  alpha_pattern: {},
  base_model_name_or_path: "/workspace/tfs/weights",
  bias: "none",
  lora_alpha: 8,
  lora_dropout: 0,
  modules_to_save: null,
  peft_type: "LORA",
  r: 8,
  rank_pattern: {},
  target_modules: ["qkv_proj", "o_proj"],
  task_type: "CAUSAL_LM",
  use_dora: false,
  use_rslora: false,
};

function check(change: object = {}, rank = 8) {
  return checkAdapterConfig(JSON.stringify({ ...CONFIG, ...change }), { rank });
}

describe("a configuration of peft", () => {
  test("tells the rank and the modules", () => {
    expect(check()).toEqual({
      ok: true,
      value: { rank: 8, targetModules: ["qkv_proj", "o_proj"] },
    });
  });

  test.each([
    ["an expression of modules", { target_modules: "all-linear" }],
    ["nothing to save beside", { modules_to_save: [] }],
    [
      "the fields of an older peft",
      { task_type: undefined, bias: undefined, use_dora: undefined, rank_pattern: undefined },
    ],
  ])("may have %s", (_, change) => {
    expect(check(change)).toMatchObject({ ok: true });
  });

  test("may have the highest rank that is served", () => {
    expect(check({ r: 16 }, 16)).toMatchObject({ ok: true, value: { rank: 16 } });
  });
});

describe("a configuration that cannot be served is refused", () => {
  test.each([
    ["another method", { peft_type: "IA3" }, 'peft_type is "IA3"; it must be "LORA"'],
    ["no method", { peft_type: undefined }, 'peft_type is missing; it must be "LORA"'],
    ["another task", { task_type: "SEQ_CLS" }, 'task_type is "SEQ_CLS"; it must be "CAUSAL_LM"'],
    ["DoRA", { use_dora: true }, "use_dora is true; it must be false"],
    ["biases", { bias: "lora_only" }, 'bias is "lora_only"; it must be "none"'],
    [
      "whole modules",
      { modules_to_save: ["lm_head"] },
      'modules_to_save is ["lm_head"]; it must be empty',
    ],
    ["ranks by module", { rank_pattern: { a: 4 } }, 'rank_pattern is {"a":4}; it must be empty'],
    [
      "modules to save that are a text",
      { modules_to_save: "a" },
      'modules_to_save is "a"; it must be empty',
    ],
    ["another rank", { r: 4 }, "r is 4, but the pipeline asked for 8"],
  ])("%s", (_, change, problem) => {
    expect(check(change)).toEqual({ ok: false, problems: [`adapter_config.json: ${problem}`] });
  });

  test("for a rank above what vLLM loads, also when it was asked for", () => {
    expect(check({ r: 32 }, 32)).toEqual({
      ok: false,
      problems: ["adapter_config.json: r is 32; vLLM serves at most 16"],
    });
  });

  test.each([
    ["no rank", { r: undefined }, "adapter_config.json r: not a whole number"],
    ["half a rank", { r: 0.5 }, "adapter_config.json r: not a whole number"],
    ["rank nothing", { r: 0 }, "adapter_config.json r: not positive"],
    ["no alpha", { lora_alpha: null }, "adapter_config.json lora_alpha: not a number"],
    ["alpha nothing", { lora_alpha: 0 }, "adapter_config.json lora_alpha: not positive"],
    [
      "no modules",
      { target_modules: [] },
      "adapter_config.json target_modules: neither a list of names nor an expression",
    ],
    [
      "modules that are numbers",
      { target_modules: [1] },
      "adapter_config.json target_modules: neither a list of names nor an expression",
    ],
  ])("%s", (_, change, problem) => {
    expect(check(change)).toEqual({ ok: false, problems: [problem] });
  });

  test("with all that is wrong with it", () => {
    const checked = check({ peft_type: "IA3", use_dora: true, r: 64 });

    expect(checked.ok ? [] : checked.problems).toHaveLength(4);
  });

  test.each(["", "{", "\0"])("because it is not JSON: %j", (text) => {
    expect(checkAdapterConfig(text, { rank: 8 })).toEqual({
      ok: false,
      problems: ["adapter_config.json is not JSON"],
    });
  });

  test.each(["[]", "null", "7"])("because it is not an object: %s", (text) => {
    expect(checkAdapterConfig(text, { rank: 8 })).toMatchObject({ ok: false });
  });
});
