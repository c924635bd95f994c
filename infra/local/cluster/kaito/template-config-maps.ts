import { CONFIG_MAPS } from "../api/resources/core-resources.ts";
import type { Registry } from "../api/registry/registry.ts";
import { RELEASE_NAMESPACE } from "./workspace.ts";

/** kaito: charts/kaito/workspace/templates/{lora,qlora}-params.yaml; comments are left out. */
function trainingConfig(quantization: readonly string[]): string {
  return `training_config:
  ModelConfig:
    torch_dtype: "bfloat16"
    local_files_only: true
    device_map: "auto"

  QuantizationConfig:
${quantization.map((line) => `    ${line}`).join("\n")}

  LoraConfig:
    r: 8
    lora_alpha: 8
    lora_dropout: 0.0

  TrainingArguments:
    output_dir: "/mnt/results"
    ddp_find_unused_parameters: false
    save_strategy: "no"
    per_device_train_batch_size: 1

  DataCollator:
    mlm: true

  DatasetConfig:
    shuffle_dataset: true
    train_test_split: 1
`;
}

const TEMPLATES: Readonly<Record<string, string>> = {
  "lora-params-template": trainingConfig(["load_in_4bit: false"]),
  "qlora-params-template": trainingConfig([
    "load_in_4bit: true",
    'bnb_4bit_quant_type: "nf4"',
    'bnb_4bit_compute_dtype: "bfloat16"',
    "bnb_4bit_use_double_quant: true",
  ]),
};

/** Installs the default tuning configurations, as KAITO's chart does. */
export function createTemplateConfigMaps(registry: Registry): void {
  for (const [name, text] of Object.entries(TEMPLATES)) {
    if (registry.find(CONFIG_MAPS, RELEASE_NAMESPACE, name)) continue;
    registry.create(CONFIG_MAPS, RELEASE_NAMESPACE, {
      metadata: { name },
      data: { "training_config.yaml": text },
    });
  }
}
