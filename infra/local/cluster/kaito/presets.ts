/** What is known of a model that KAITO has a preset for. */
interface Preset {
  /** On Hugging Face; vLLM downloads it. */
  readonly model: string;
  /** Tag of the image with the weights; undefined if the preset has no tuning parameters. */
  readonly tuningTag?: string;
}

/**
 * kaito: presets/workspace/models/model_catalog.yaml, supported_models.yaml and
 * transformer_runtime_tuning_parameters.go:40-138. Not the whole list: those one is likely to name.
 */
const PRESETS: Readonly<Record<string, Preset>> = {
  "phi-3-mini-4k-instruct": { model: "microsoft/Phi-3-mini-4k-instruct", tuningTag: "0.2.0" },
  "phi-3-mini-128k-instruct": { model: "microsoft/Phi-3-mini-128k-instruct", tuningTag: "0.2.0" },
  "phi-3-medium-4k-instruct": { model: "microsoft/Phi-3-medium-4k-instruct", tuningTag: "0.2.0" },
  "phi-3-medium-128k-instruct": {
    model: "microsoft/Phi-3-medium-128k-instruct",
    tuningTag: "0.2.0",
  },
  "phi-3.5-mini-instruct": { model: "microsoft/Phi-3.5-mini-instruct", tuningTag: "0.2.0" },
  "phi-4": { model: "microsoft/phi-4", tuningTag: "0.2.0" },
  "phi-4-mini-instruct": { model: "microsoft/Phi-4-mini-instruct", tuningTag: "0.2.0" },
  "qwen2.5-coder-7b-instruct": { model: "Qwen/Qwen2.5-Coder-7B-Instruct", tuningTag: "0.2.0" },
  "qwen2.5-coder-32b-instruct": { model: "Qwen/Qwen2.5-Coder-32B-Instruct", tuningTag: "0.2.0" },
  "mistral-7b": { model: "mistralai/Mistral-7B-v0.3" },
  "mistral-7b-instruct": { model: "mistralai/Mistral-7B-Instruct-v0.3" },
  "ministral-3-3b-instruct": { model: "mistralai/Ministral-3-3B-Instruct-2512" },
  "falcon-7b": { model: "tiiuae/falcon-7b" },
  "falcon-7b-instruct": { model: "tiiuae/falcon-7b-instruct" },
  "falcon-40b": { model: "tiiuae/falcon-40b" },
  "falcon-40b-instruct": { model: "tiiuae/falcon-40b-instruct" },
  "llama-3.1-8b-instruct": { model: "meta-llama/Llama-3.1-8B-Instruct" },
  "llama-3.3-70b-instruct": { model: "meta-llama/Llama-3.3-70B-Instruct" },
  "deepseek-r1-distill-llama-8b": { model: "deepseek-ai/DeepSeek-R1-Distill-Llama-8B" },
  "deepseek-r1-distill-qwen-14b": { model: "deepseek-ai/DeepSeek-R1-Distill-Qwen-14B" },
  "gemma-3-4b-instruct": { model: "google/gemma-3-4b-it" },
  "gemma-3-27b-instruct": { model: "google/gemma-3-27b-it" },
  "gpt-oss-20b": { model: "openai/gpt-oss-20b" },
  "gpt-oss-120b": { model: "openai/gpt-oss-120b" },
};

/** kaito: plugin.IsValidPreset: a known name, or anything of the form `a/b` (pkg/utils/plugin/plugin.go:107). */
export function isValidPreset(name: string): boolean {
  return Object.hasOwn(PRESETS, name) || /^[^/\s]+\/[^/\s]+$/.test(name);
}

/** The preset of a short name, or of the model's own name on Hugging Face. */
export function shortNameOf(name: string): string {
  if (Object.hasOwn(PRESETS, name)) return name;
  const known = Object.entries(PRESETS).find(
    ([, { model }]) => model.toLowerCase() === name.toLowerCase(),
  );
  return known?.[0] ?? name.split("/").at(-1)?.toLowerCase() ?? name;
}

/** The image of the weights that a tuning pod pulls; undefined where KAITO crashes for lack of one. */
export function tuningWeightsOf(name: string): string | undefined {
  const short = shortNameOf(name);
  const tag = Object.hasOwn(PRESETS, short) ? PRESETS[short]?.tuningTag : undefined;
  return tag === undefined ? undefined : `mcr.microsoft.com/aks/kaito/kaito-${short}:${tag}`;
}

/** The model that vLLM loads. */
export function modelOf(name: string): string {
  const short = shortNameOf(name);
  return (Object.hasOwn(PRESETS, short) ? PRESETS[short]?.model : undefined) ?? name;
}
