import { z } from "zod";

import { MAX_RANK } from "../adapter/max-rank.ts";
import { Duration } from "./fields.ts";
import { INSTANCE_TYPES, TUNABLE_PRESETS, whyNotTunable } from "./presets.ts";

const DAY_MS = 86_400_000;
const LONGEST_DEADLINE_MS = 7 * DAY_MS;

const Section = z.record(z.string(), z.unknown());

/** vLLM refuses these when it loads an adapter (vllm/lora/peft_helper.py): say so before the GPU is paid for. */
const LoraConfig = z.looseObject({
  r: z.int().min(1).max(MAX_RANK).optional(),
  target_modules: z.array(z.string().min(1)).min(1).optional(),
  use_dora: z.literal(false, "false or absent: vLLM does not serve DoRA").optional(),
  bias: z.literal("none", "none or absent: vLLM serves no biases").optional(),
  modules_to_save: z.null("absent: vLLM serves LoRA weights only").optional(),
  rank_pattern: z.never("absent: all modules have the rank r").optional(),
});

/** The sections of KAITO's `training_config` (tuning_config_validation.go:241-259). */
const TuningParameters = z.strictObject({
  ModelConfig: Section.optional(),
  QuantizationConfig: z
    .looseObject({ load_in_4bit: z.boolean().optional(), load_in_8bit: z.boolean().optional() })
    .optional(),
  LoraConfig: LoraConfig.optional(),
  TrainingArguments: z
    .looseObject({
      output_dir: z
        .never("absent: the pusher looks for the adapter where KAITO's template puts it")
        .optional(),
    })
    .optional(),
  DatasetConfig: z
    .looseObject({
      dataset_path: z.never("absent: every run trains on its own merged file").optional(),
    })
    .optional(),
  DataCollator: Section.optional(),
});

export const InstanceType = z.enum(INSTANCE_TYPES);

const Preset = z.enum(TUNABLE_PRESETS, {
  error: ({ input }) => {
    const why = typeof input === "string" ? whyNotTunable(input) : undefined;
    const allowed = `one of ${TUNABLE_PRESETS.join(", ")}`;
    return why === undefined ? allowed : `a preset that can be tuned (${why}): ${allowed}`;
  },
});

export const Tuning = z
  .strictObject({
    model: Preset,
    method: z.enum(["lora", "qlora"]).default("qlora"),
    instanceType: InstanceType.default("Standard_NC24ads_A100_v4"),
    parameters: TuningParameters.default({}),
    deadline: Duration.refine((ms) => ms <= LONGEST_DEADLINE_MS, "at most 7d").prefault("12h"),
  })
  .superRefine(({ method, parameters: { QuantizationConfig: asked } }, context) => {
    const message = quantizationProblem(method, asked?.load_in_4bit, asked?.load_in_8bit);
    if (message === undefined) return;
    const path = ["parameters", "QuantizationConfig"];
    context.addIssue({ code: "custom", path, message });
  });

/** KAITO's own rule (tuning_config_validation.go:186-204). */
function quantizationProblem(
  method: "lora" | "qlora",
  in4Bit: boolean | undefined,
  in8Bit: boolean | undefined,
): string | undefined {
  if (method === "lora") {
    return in4Bit === true || in8Bit === true
      ? "without load_in_4bit and load_in_8bit, because the method is lora"
      : undefined;
  }
  if (in4Bit === true && in8Bit === true) return "load_in_4bit or load_in_8bit, not both";
  return in4Bit === false && in8Bit !== true
    ? "with load_in_4bit or load_in_8bit, because the method is qlora"
    : undefined;
}
