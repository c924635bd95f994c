import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";

import { adapterRank, trainingConfig } from "../../../../shared/domain/pipeline/training-config.ts";
import { TUNABLE_PRESETS } from "../../../../shared/domain/pipeline/presets.ts";
import { documentWith, parseValid, problemsIn } from "./documents.ts";

function tuningOf(tuning: string) {
  return parseValid(documentWith({ tuning })).tuning;
}

function quantised(method: string, quantization: string): string {
  const parameters = `{ QuantizationConfig: { ${quantization} } }`;
  return documentWith({ tuning: `{ model: phi-4, method: ${method}, parameters: ${parameters} }` });
}

describe("what can be tuned", () => {
  test.each([
    ["{ model: mistral-7b }", "KAITO's controller panics on it"],
    ["{ model: llama-3.1-8b-instruct }", "KAITO cannot tune it"],
    ["{ model: microsoft/Phi-4-mini-instruct }", "use KAITO's short name"],
    ["{ model: phi-5 }", 'tuning.model is "phi-5"; it must be one of phi-4, phi-4-mini-instruct'],
    ["{ model: Phi-4-mini-instruct }", "did you mean phi-4-mini-instruct?"],
    ["{ model: 4 }", "tuning.model is 4; it must be one of"],
    ["{ model: phi-4, method: QLoRA }", "did you mean qlora?"],
    ["{ model: phi-4, method: full }", 'tuning.method is "full"; it must be one of lora, qlora'],
    ["{ model: phi-4, instanceType: Standard_NC4as_T4_v3 }", "it must be one of Standard_NC24ads"],
    ["{ model: phi-4, deadline: 8d }", 'tuning.deadline is "8d"; it must be at most 7d'],
  ])("%s is refused: %s", (tuning, message) => {
    const [problem, ...others] = problemsIn(documentWith({ tuning }));

    expect(problem?.message).toContain(message);
    expect(others).toEqual([]);
  });

  test.each(TUNABLE_PRESETS)("%s is a preset", (model) => {
    expect(tuningOf(`{ model: ${model} }`).model).toBe(model);
  });
});

describe("the parameters", () => {
  test.each([
    ["{ Lora: { r: 8 } }", '"Lora" is not a field here'],
    ["{ LoraConfig: { r: 17 } }", "tuning.parameters.LoraConfig.r is 17; it must be at most 16"],
    ["{ LoraConfig: { r: 0 } }", "1 or more"],
    ["{ LoraConfig: { target_modules: q_proj } }", "it must be a list"],
    ["{ LoraConfig: { use_dora: true } }", "vLLM does not serve DoRA"],
    ["{ LoraConfig: { bias: all } }", "vLLM serves no biases"],
    ["{ LoraConfig: { modules_to_save: [lm_head] } }", "vLLM serves LoRA weights only"],
    ["{ LoraConfig: { rank_pattern: { a: 4 } } }", "all modules have the rank r"],
    ["{ TrainingArguments: { output_dir: /mnt/x } }", "the pusher looks for the adapter"],
    ["{ DatasetConfig: { dataset_path: data/a.csv } }", "its own merged file"],
    ["{ ModelConfig: }", "tuning.parameters.ModelConfig is empty; it must be a map"],
    ["{ QuantizationConfig: { load_in_4bit: yes } }", "it must be true or false"],
  ])("%s is refused", (parameters, message) => {
    const [problem, ...others] = problemsIn(
      documentWith({ tuning: `{ model: phi-4, parameters: ${parameters} }` }),
    );

    expect(problem?.message).toContain(message);
    expect(others).toEqual([]);
  });

  test.each([
    ["lora", "load_in_4bit: true", "because the method is lora"],
    ["lora", "load_in_8bit: true", "because the method is lora"],
    ["qlora", "load_in_4bit: true, load_in_8bit: true", "not both"],
    ["qlora", "load_in_4bit: false", "because the method is qlora"],
  ])("must agree with the method: %s with %s", (method, quantization, message) => {
    const [problem, ...others] = problemsIn(quantised(method, quantization));

    expect(problem?.message).toContain(message);
    expect(others).toEqual([]);
  });

  test.each([
    ["lora", "load_in_4bit: false"],
    ["lora", "bnb_4bit_quant_type: nf4"],
    ["qlora", "load_in_4bit: false, load_in_8bit: true"],
    ["qlora", "load_in_8bit: true"],
    ["qlora", "bnb_4bit_quant_type: fp4"],
  ])("agree with the method: %s with %s", (method, quantization) => {
    expect(problemsIn(quantised(method, quantization))).toEqual([]);
  });
});

describe("the training configuration", () => {
  test("is KAITO's template for qlora, with the merged file and lines of loss", () => {
    const text = trainingConfig(tuningOf("{ model: phi-3-mini-128k-instruct }"), "train.jsonl");

    expect(parseYaml(text)).toEqual({
      training_config: {
        ModelConfig: { torch_dtype: "bfloat16", local_files_only: true, device_map: "auto" },
        QuantizationConfig: {
          load_in_4bit: true,
          bnb_4bit_quant_type: "nf4",
          bnb_4bit_compute_dtype: "bfloat16",
          bnb_4bit_use_double_quant: true,
        },
        LoraConfig: { r: 8, lora_alpha: 8, lora_dropout: 0 },
        TrainingArguments: {
          output_dir: "/mnt/results",
          ddp_find_unused_parameters: false,
          save_strategy: "no",
          per_device_train_batch_size: 1,
          logging_steps: 5,
        },
        DataCollator: { mlm: true },
        DatasetConfig: {
          shuffle_dataset: true,
          train_test_split: 1,
          dataset_path: "data/train.jsonl",
        },
      },
    });
  });

  test.each([
    ["{ model: phi-3-mini-4k-instruct, method: lora }", { load_in_4bit: false }],
    [
      "{ model: phi-4, parameters: { QuantizationConfig: { load_in_8bit: true } } }",
      { load_in_4bit: false, load_in_8bit: true },
    ],
  ])("quantises as the method says: %s", (tuning, quantization) => {
    const text = trainingConfig(tuningOf(tuning), "train.jsonl");

    expect(parseYaml(text)).toMatchObject({
      training_config: { QuantizationConfig: quantization },
    });
  });

  test.each([
    ["phi-4", ["qkv_proj", "o_proj"]],
    ["phi-4-mini-instruct", ["qkv_proj", "o_proj"]],
    ["phi-3-mini-4k-instruct", undefined],
    ["qwen2.5-coder-7b-instruct", undefined],
  ])("names the modules that %s needs", (model, modules) => {
    const text = trainingConfig(tuningOf(`{ model: ${model} }`), "train.jsonl");

    const { training_config: config } = parseYaml(text) as {
      training_config: { LoraConfig: { target_modules?: string[] } };
    };
    expect(config.LoraConfig.target_modules).toEqual(modules);
  });

  test("takes the user's parameters over its own, one by one", () => {
    const tuning = tuningOf(
      `{ model: phi-4, parameters: {
        LoraConfig: { r: 16, target_modules: [o_proj] },
        TrainingArguments: { num_train_epochs: 5, logging_steps: 1, learning_rate: 2e-4 } } }`,
    );
    const text = trainingConfig(tuning, "train.jsonl");

    expect(parseYaml(text)).toMatchObject({
      training_config: {
        LoraConfig: { r: 16, lora_alpha: 8, target_modules: ["o_proj"] },
        TrainingArguments: {
          output_dir: "/mnt/results",
          num_train_epochs: 5,
          logging_steps: 1,
          learning_rate: 0.0002,
        },
      },
    });
    expect(adapterRank(tuning)).toBe(16);
  });

  test("reads the same in YAML 1.1, where a bare `no` is false", () => {
    const tuning = tuningOf(
      "{ model: phi-4, parameters: { TrainingArguments: { eval_strategy: 'no', seed: 10, run_name: '1:30' } } }",
    );
    const text = trainingConfig(tuning, "train.jsonl");

    expect(parseYaml(text, { version: "1.1" })).toEqual(parseYaml(text));
    expect(text).toContain('save_strategy: "no"');
  });

  test("asks for the template's rank when the user asks for none", () => {
    expect(adapterRank(tuningOf("{ model: phi-4 }"))).toBe(8);
  });
});
