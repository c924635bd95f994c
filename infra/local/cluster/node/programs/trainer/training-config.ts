import { parse } from "yaml";
import { z } from "zod";

import { KNOWN_ARGUMENTS } from "./known-arguments.ts";
import { toPython, TrainerError } from "./python-text.ts";

const count = z.coerce.number().int().min(1);
const truth = z.union([z.boolean(), z.stringbool()]);

/** The values that the stand-in reads; the others are only checked by name. */
const Sections = z.object({
  QuantizationConfig: z
    .object({ load_in_4bit: truth.default(false), load_in_8bit: truth.default(false) })
    .prefault({}),
  LoraConfig: z
    .object({
      r: count.default(8),
      lora_alpha: z.coerce.number().default(8),
      lora_dropout: z.coerce.number().default(0),
      target_modules: z.union([z.array(z.string()), z.string()]).nullish(),
    })
    .prefault({}),
  TrainingArguments: z
    .object({
      // transformers: the default is relative, so it lands in the working directory.
      output_dir: z.string().default("trainer_output"),
      num_train_epochs: z.coerce.number().min(0).default(3),
      max_steps: z.coerce.number().int().default(-1),
      per_device_train_batch_size: count.default(8),
      gradient_accumulation_steps: count.default(1),
      learning_rate: z.coerce.number().default(2e-5),
      logging_steps: z.coerce.number().min(0).default(500),
    })
    .prefault({}),
  DatasetConfig: z
    .object({
      dataset_path: z.string().nullish(),
      dataset_extension: z.string().nullish(),
      train_test_split: z.coerce.number().default(0.8),
    })
    .prefault({}),
});

export interface TrainingConfig extends z.infer<typeof Sections> {
  /** The document as Python prints it. */
  readonly printed: string;
}

const Document = z.object({
  training_config: z.record(z.string(), z.record(z.string(), z.unknown()).nullable()).default({}),
});

/**
 * Reads `training_config.yaml` as the trainer does (kaito: parser.py).
 *
 * @throws {TrainerError} for a key or a value that the trainer's argument parser refuses
 */
export function parseTrainingConfig(text: string): TrainingConfig {
  const document = Document.safeParse(parse(text));
  if (!document.success) {
    throw new TrainerError("AttributeError: 'NoneType' object has no attribute 'get'");
  }
  const sections: Record<string, object> = {};
  for (const [name, section] of Object.entries(document.data.training_config)) {
    refuseUnknownKeys(name, section ?? {});
    sections[name] = section ?? {};
  }
  const parsed = Sections.safeParse(sections);
  if (!parsed.success) throw invalidValue(parsed.error);
  return { ...parsed.data, printed: toPython(document.data.training_config) };
}

/** The parser loads only the sections that it knows: others are never read. */
function refuseUnknownKeys(name: string, section: Readonly<Record<string, unknown>>): void {
  const known = KNOWN_ARGUMENTS[name];
  if (!known) return;
  const unused = Object.entries(section).filter(([key]) => !known.has(key));
  if (unused.length === 0) return;
  const words = unused.flatMap(([key, value]) => [`--${key}`, String(value)]);
  throw new TrainerError(
    `ValueError: Some specified arguments are not used by the HfArgumentParser: ${toPython(words)}`,
  );
}

/** argparse ends the process with 2. */
function invalidValue(error: z.ZodError): TrainerError {
  const issue = error.issues[0];
  const argument = String(issue?.path.at(-1) ?? "");
  return new TrainerError(
    `fine_tuning.py: error: argument --${argument}: invalid value (${issue?.message ?? ""})`,
    2,
  );
}
