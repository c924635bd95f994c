import path from "node:path";

import { parse, YAMLParseError } from "yaml";

import {
  isJsonObject,
  objectAt,
  textAt,
  valueAt,
  type KubeObject,
} from "../../objects/kube-object.ts";
import {
  type FieldError,
  genericError,
  invalidValueError,
  missingFieldError,
} from "./field-errors.ts";

const KEY = "training_config.yaml";

const SECTIONS = new Set([
  "ModelConfig",
  "QuantizationConfig",
  "LoraConfig",
  "TrainingArguments",
  "DatasetConfig",
  "DataCollator",
]);

/** kaito: api/v1beta1/tuning_config_validation.go; values inside the sections are otherwise not looked at. */
export function tuningConfigErrors(configMap: KubeObject, method: string): FieldError[] {
  const { name, namespace } = configMap.metadata;
  const text = textAt(configMap, "data", KEY);
  if (text === undefined) {
    return [
      missingFieldError(`${KEY} in ConfigMap`),
      genericError(
        `ConfigMap '${name}' does not contain '${KEY}' in namespace '${namespace}'`,
        "config",
      ),
    ];
  }
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    const why = `yaml: ${error instanceof YAMLParseError ? error.message.split("\n")[0] : String(error)}`;
    return [
      invalidValueError(why, KEY),
      genericError(
        `Failed to parse '${KEY}' in ConfigMap '${name}' in namespace '${namespace}': ${why}`,
        "config",
      ),
    ];
  }
  return [
    ...sectionErrors(document),
    ...quantizationErrors(document, method, name),
    ...outputErrors(document, configMap),
  ];
}

function sectionErrors(document: unknown): FieldError[] {
  const config = valueAt(document, "training_config");
  if (!isJsonObject(config)) {
    return [invalidValueError("Expected 'training_config' key to contain a map", KEY)];
  }
  const unknown = Object.keys(config).find((section) => !SECTIONS.has(section));
  return unknown === undefined ? [] : [invalidValueError(`Unrecognized section: ${unknown}`, KEY)];
}

function quantizationErrors(document: unknown, method: string, configMap: string): FieldError[] {
  const section = objectAt(document, "training_config", "QuantizationConfig");
  const flags = [section["load_in_4bit"], section["load_in_8bit"]];
  if (flags.every((flag) => flag === true)) {
    return [
      genericError(
        `Cannot set both 'load_in_4bit' and 'load_in_8bit' to true in ConfigMap '${configMap}'`,
        "QuantizationConfig",
      ),
    ];
  }
  const isQuantized = flags.includes(true);
  if (method === "lora" && isQuantized) {
    return [
      genericError(
        `For method 'lora', 'load_in_4bit' or 'load_in_8bit' in ConfigMap '${configMap}' must not be true`,
        "QuantizationConfig",
      ),
    ];
  }
  if (method !== "qlora" || isQuantized) return [];
  return [
    missingFieldError(
      `For method 'qlora', either 'load_in_4bit' or 'load_in_8bit' must be true in ConfigMap '${configMap}'`,
      "QuantizationConfig",
    ),
  ];
}

/** The value is joined to `/mnt`, so a relative or foreign directory is admitted; training then hangs. */
function outputErrors(document: unknown, { metadata }: KubeObject): FieldError[] {
  const directory = valueAt(document, "training_config", "TrainingArguments", "output_dir");
  if (directory === undefined || directory === null) return [];
  if (typeof directory !== "string") {
    const where = `in ConfigMap '${metadata.name}' in namespace '${metadata.namespace}'`;
    return [invalidValueError(`output_dir is not a string ${where}`, "output_dir")];
  }
  const joined = path.posix.join("/mnt", directory).replace(/\/$/, "");
  if (joined !== "/mnt" && joined.startsWith("/mnt")) return [];
  return [
    invalidValueError(
      `Invalid output_dir specified: '${directory}', must be a directory`,
      "output_dir",
    ),
  ];
}
