import { toPython, TrainerError } from "./python-text.ts";

const PHI_MODULES = ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"];
const COMMON_MODULES = [
  "q_proj",
  "k_proj",
  "v_proj",
  "o_proj",
  "gate_proj",
  "up_proj",
  "down_proj",
];

/** peft's choice when neither the config nor KAITO names modules. */
const PEFT_DEFAULT = ["q_proj", "v_proj"];

export interface TargetModules {
  /** What goes into `adapter_config.json`: as it was asked for. */
  readonly configured: readonly string[] | string;
  /** What the model has of it: these get weights. */
  readonly adapted: readonly string[];
}

/**
 * The modules that LoRA is put on.
 *
 * phi-3 and phi-4 have fused projections, so the default list finds nothing in them (kaito:
 * website/docs/tuning.md:146); KAITO names modules itself only for presets called `phi-3*`.
 *
 * @throws {TrainerError} if the model has none of them
 */
export function chooseTargetModules(
  baseModel: string | undefined,
  configured: readonly string[] | string | null | undefined,
  fromEnvironment: string | undefined,
): TargetModules {
  const wanted = configured ?? splitList(fromEnvironment) ?? PEFT_DEFAULT;
  const present = modulesOf(baseModel);
  const adapted = present.filter((module) => isWanted(module, wanted));
  if (adapted.length > 0) return { configured: wanted, adapted };
  const named = typeof wanted === "string" ? wanted : `{${toPython(wanted).slice(1, -1)}}`;
  throw new TrainerError(
    `ValueError: Target modules ${named} not found in the base model. ` +
      "Please check the target modules and try again.",
  );
}

function modulesOf(baseModel: string | undefined): readonly string[] {
  return baseModel?.startsWith("phi-") ? PHI_MODULES : COMMON_MODULES;
}

/** peft: a list holds the ends of names, a text is `all-linear` or a regular expression. */
function isWanted(module: string, wanted: readonly string[] | string): boolean {
  if (typeof wanted !== "string") return wanted.includes(module);
  return wanted === "all-linear" || new RegExp(wanted).test(`model.layers.0.${module}`);
}

function splitList(text: string | undefined): readonly string[] | undefined {
  return text ? text.split(",").map((module) => module.trim()) : undefined;
}
