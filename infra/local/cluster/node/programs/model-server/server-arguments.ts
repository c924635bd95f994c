import { readFile } from "node:fs/promises";

import { parse } from "yaml";
import { z } from "zod";

import { commandOf, type ProgramContext } from "../program.ts";

export interface ServerArguments {
  readonly servedModelName: string;
  readonly enableLora: boolean;
  readonly maxLoraRank: number;
}

/** kaito: pkg/model/interface.go puts the name and `--enable-lora` into the command; vLLM's defaults. */
const DEFAULT_MAX_LORA_RANK = 16;
const CONFIG_FILE = "/mnt/config/inference_config.yaml";

const InferenceConfig = z.object({
  vllm: z.object({ "max-lora-rank": z.coerce.number().int().optional() }).prefault({}),
});

export async function readServerArguments({
  files,
  spec,
}: ProgramContext): Promise<ServerArguments> {
  const command = commandOf(spec);
  const option = (name: string): string | undefined =>
    new RegExp(`--${name}[= ](\\S+)`).exec(command)?.[1];
  const configured = await readConfiguredRank(files.resolve(CONFIG_FILE));
  return {
    servedModelName: option("served-model-name") ?? option("model") ?? spec.name,
    enableLora: /--enable-lora\b/.test(command),
    maxLoraRank: Number(option("max-lora-rank") ?? configured ?? DEFAULT_MAX_LORA_RANK),
  };
}

async function readConfiguredRank(file: string): Promise<number | undefined> {
  try {
    return InferenceConfig.parse(parse(await readFile(file, "utf8"))).vllm["max-lora-rank"];
  } catch {
    // No ConfigMap was given, or one without this setting.
    return undefined;
  }
}
