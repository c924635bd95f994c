import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

import { z } from "zod";

import { readSafetensorsHeader } from "../../adapter/safetensors.ts";
import { decodeRows, type TrainingRow } from "../../adapter/training-rows.ts";
import type { ContainerFiles } from "../../kubelet/pod-volumes.ts";
import type { ServerArguments } from "./server-arguments.ts";

export interface LoadedAdapter {
  readonly name: string;
  /** The adapter's directory in the pod. */
  readonly root: string;
  readonly rows: readonly TrainingRow[];
}

const ADAPTERS = "/mnt/adapter";

const AdapterConfig = z.object({
  r: z.int().min(1),
  lora_alpha: z.number(),
  target_modules: z.union([z.array(z.string()), z.string()]),
  peft_type: z.literal("LORA"),
});

/**
 * Loads every adapter below `/mnt/adapter` (kaito: presets/workspace/inference/vllm/inference_api.py).
 *
 * @throws {Error} as vLLM fails at its start, if one of them cannot be loaded
 */
export async function loadAdapters(
  files: ContainerFiles,
  options: ServerArguments,
): Promise<readonly LoadedAdapter[]> {
  const entries = await readdir(files.resolve(ADAPTERS), { withFileTypes: true }).catch(() => []);
  const pulled = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const mounted = files.mountPointsIn(ADAPTERS).map((mount) => path.posix.basename(mount));
  const names = [...new Set([...pulled, ...mounted])];
  if (names.length > 0 && !options.enableLora) {
    throw new Error("ValueError: Call to add_lora method failed: LoRA is not enabled.");
  }
  return Promise.all(names.toSorted().map((name) => load(name, files, options.maxLoraRank)));
}

async function load(
  name: string,
  files: ContainerFiles,
  maxLoraRank: number,
): Promise<LoadedAdapter> {
  const root = `${ADAPTERS}/${name}`;
  const fail = (reason: string, cause?: unknown): Error =>
    new Error(`ValueError: Loading lora ${name} failed: ${reason}`, { cause });
  let config: z.infer<typeof AdapterConfig>;
  try {
    const text = await readFile(files.resolve(`${root}/adapter_config.json`), "utf8");
    config = AdapterConfig.parse(JSON.parse(text));
  } catch (error) {
    throw fail(`No adapter found for ${root}`, error);
  }
  if (config.r > maxLoraRank) {
    throw fail(`LoRA rank ${config.r} is greater than max_lora_rank ${maxLoraRank}.`);
  }
  try {
    const weights = files.resolve(`${root}/adapter_model.safetensors`);
    const { metadata, tensors } = await readSafetensorsHeader(weights);
    if (tensors.size === 0) throw new Error(`${root} doesn't contain tensors`);
    return { name, root, rows: decodeRows(metadata) };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw fail(`${root} doesn't contain tensors`, error);
    }
    throw fail(error instanceof Error ? error.message : String(error), error);
  }
}
