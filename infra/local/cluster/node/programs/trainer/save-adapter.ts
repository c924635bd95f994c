import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

import { encodeSafetensors, type Tensor } from "../../adapter/safetensors.ts";
import { encodeRows, STAND_IN_ROWS_KEY, type TrainingRow } from "../../adapter/training-rows.ts";
import type { TargetModules } from "./target-modules.ts";
import type { TrainingConfig } from "./training-config.ts";

export interface TrainedAdapter {
  readonly modules: TargetModules;
  readonly rows: readonly TrainingRow[];
  readonly lora: TrainingConfig["LoraConfig"];
  /** Differs from the rank of the weights only where a fault wants it so. */
  readonly writtenRank: number;
}

/** Width of the stand-in's layers; a real phi-4-mini has 3072. */
const WIDTH = 64;
const LAYERS = 2;

/** Writes what `trainer.save_model` writes, as far as KAITO's pusher takes it. */
export async function saveAdapter(adapter: TrainedAdapter, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(
    path.join(directory, "adapter_config.json"),
    `${JSON.stringify(buildConfig(adapter), undefined, 2)}\n`,
  );
  await writeFile(path.join(directory, "adapter_model.safetensors"), buildWeights(adapter));
}

export function countParameters(modules: TargetModules, rank: number): number {
  return modules.adapted.length * LAYERS * 2 * rank * WIDTH;
}

/** The fields that peft writes; the path of the base model is the one inside the trainer's image. */
function buildConfig({ lora, modules, writtenRank }: TrainedAdapter): object {
  return {
    alpha_pattern: {},
    auto_mapping: null,
    base_model_name_or_path: "/workspace/tfs/weights",
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: lora.lora_alpha,
    lora_dropout: lora.lora_dropout,
    modules_to_save: null,
    peft_type: "LORA",
    r: writtenRank,
    rank_pattern: {},
    revision: null,
    target_modules: modules.configured,
    task_type: "CAUSAL_LM",
    use_dora: false,
    use_rslora: false,
  };
}

function buildWeights({ lora: { r }, modules, rows }: TrainedAdapter): Buffer {
  const next = createNumbers(createHash("sha256").update(JSON.stringify(rows)).digest());
  const tensors: Tensor[] = [];
  for (let layer = 0; layer < LAYERS; layer++) {
    for (const module of modules.adapted) {
      const block = /gate|up|down/.test(module) ? "mlp" : "self_attn";
      const name = `base_model.model.model.layers.${layer}.${block}.${module}`;
      const fill = () => Float32Array.from({ length: r * WIDTH }, next);
      tensors.push(
        { name: `${name}.lora_A.weight`, shape: [r, WIDTH], values: fill() },
        { name: `${name}.lora_B.weight`, shape: [WIDTH, r], values: fill() },
      );
    }
  }
  return encodeSafetensors(tensors, { format: "pt", [STAND_IN_ROWS_KEY]: encodeRows(rows) });
}

/** Numbers around zero that depend on the seed alone (mulberry32). */
function createNumbers(seed: Buffer): () => number {
  let state = seed.readUInt32LE();
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 - 0.5) * 0.02;
  };
}
