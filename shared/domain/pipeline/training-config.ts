import { stringify } from "yaml";

import type { Pipeline } from "./pipeline-schema.ts";
import { presetTargetModules } from "./presets.ts";

type Sections = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** KAITO's own template (charts/kaito/workspace/templates/lora-params.yaml, 0.12). */
const TEMPLATE: Sections = {
  ModelConfig: { torch_dtype: "bfloat16", local_files_only: true, device_map: "auto" },
  QuantizationConfig: { load_in_4bit: false },
  LoraConfig: { r: 8, lora_alpha: 8, lora_dropout: 0 },
  TrainingArguments: {
    output_dir: "/mnt/results",
    ddp_find_unused_parameters: false,
    save_strategy: "no",
    per_device_train_batch_size: 1,
    // The trainer's own default is 500 steps: a small dataset would end without one line of loss.
    logging_steps: 5,
  },
  DataCollator: { mlm: true },
  DatasetConfig: { shuffle_dataset: true, train_test_split: 1 },
};

/** What qlora adds (qlora-params.yaml). */
const QUANTIZATION = {
  load_in_4bit: true,
  bnb_4bit_quant_type: "nf4",
  bnb_4bit_compute_dtype: "bfloat16",
  bnb_4bit_use_double_quant: true,
};

/** KAITO reads YAML 1.1, where a bare `no` is false: `save_strategy: no` ends the trainer. */
const STYLE = { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" } as const;

/**
 * Content of `training_config.yaml`: KAITO's template, what the preset needs, the user's parameters.
 *
 * @param datasetFile - the merged file's name; KAITO would otherwise take the first that it finds
 */
export function trainingConfig(tuning: Pipeline["tuning"], datasetFile: string): string {
  const modules = presetTargetModules(tuning.model);
  const quantization = tuning.parameters.QuantizationConfig ?? {};
  // A user who asks for 8 bit must not also get the template's 4 bit: KAITO refuses both at once.
  const wants8Bit = quantization["load_in_8bit"] === true;
  const base = merge(TEMPLATE, {
    QuantizationConfig: tuning.method === "qlora" && !wants8Bit ? QUANTIZATION : {},
    LoraConfig: modules ? { target_modules: modules } : {},
    DatasetConfig: { dataset_path: `data/${datasetFile}` },
  });
  return stringify({ training_config: merge(base, tuning.parameters) }, STYLE);
}

/** The rank that the adapter must have. */
export function adapterRank({ parameters }: Pipeline["tuning"]): number {
  return parameters.LoraConfig?.r ?? Number(TEMPLATE["LoraConfig"]?.["r"]);
}

function merge(base: Sections, over: Readonly<Record<string, object | undefined>>): Sections {
  return Object.fromEntries(
    Object.entries(base).map(([name, section]) => [name, { ...section, ...over[name] }]),
  );
}
