// What KAITO can tune, and on which machines (kaito.md 7.1 and pkg/sku/azure_sku_handler.go). KAITO itself
// checks neither at admission: a wrong one provisions a GPU node and then hangs without a word.

export const TUNABLE_PRESETS = [
  "phi-4",
  "phi-4-mini-instruct",
  "phi-3-mini-4k-instruct",
  "phi-3-mini-128k-instruct",
  "phi-3-medium-4k-instruct",
  "phi-3-medium-128k-instruct",
  "phi-3.5-mini-instruct",
  "qwen2.5-coder-7b-instruct",
  "qwen2.5-coder-32b-instruct",
] as const;
export type TunablePreset = (typeof TUNABLE_PRESETS)[number];

/** Presets that people try, with the reason why they cannot be tuned. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/^mistral-7b/i, "KAITO's controller panics on it and the Workspace stays Pending for ever"],
  [/^(llama|falcon|deepseek|gemma|gpt-oss)/i, "KAITO cannot tune it"],
  [/\//, "a Hugging Face name loses the preset's settings: use KAITO's short name"],
];

/** @returns why that preset cannot be tuned, or `undefined` if nothing special is known */
export function whyNotTunable(preset: string): string | undefined {
  return REFUSED.find(([pattern]) => pattern.test(preset))?.[1];
}

/**
 * The GPU machines that KAITO knows by name and that can train in bfloat16, as its template asks: compute
 * capability 8.0 or later, which leaves out T4, M60 and the AMD ones.
 */
export const INSTANCE_TYPES = [
  "Standard_NC24ads_A100_v4",
  "Standard_NC48ads_A100_v4",
  "Standard_NC96ads_A100_v4",
  "Standard_ND96asr_A100_v4",
  "Standard_ND96amsr_A100_v4",
  "Standard_NV36ads_A10_v5",
  "Standard_NV72ads_A10_v5",
  "Standard_NC40ads_H100_v5",
  "Standard_NC80adis_H100_v5",
  "Standard_NCC40ads_H100_v5",
  "Standard_ND96isr_H100_v5",
  "Standard_ND96isr_H200_v5",
] as const;

/** Phi-4's modules have names of their own: without these the default settings fail in the trainer. */
export function presetTargetModules(preset: TunablePreset): readonly string[] | undefined {
  return preset.startsWith("phi-4") ? ["qkv_proj", "o_proj"] : undefined;
}
