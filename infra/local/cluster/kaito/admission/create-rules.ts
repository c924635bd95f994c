import type { KubeObject } from "../../objects/kube-object.ts";
import { isValidPreset } from "../presets.ts";
import { SUPPORTED_SKUS } from "../skus.ts";
import {
  type Inference,
  isVllm,
  RELEASE_NAMESPACE,
  type Tuning,
  type Workspace,
} from "../workspace.ts";
import { duplicateErrors } from "./adapter-rules.ts";
import {
  type FieldError,
  formatErrors,
  genericError,
  invalidValueError,
  missingFieldError,
  viaField,
} from "./field-errors.ts";
import { destinationErrors, sourceErrors } from "./source-rules.ts";
import { tuningConfigErrors } from "./tuning-config.ts";

export type FindConfigMap = (namespace: string, name: string) => KubeObject | undefined;

const MAX_ADAPTERS = 10;

/** kaito: Workspace.ValidateCreate, with node auto-provisioning on. */
export function createErrors(workspace: Workspace, find: FindConfigMap): FieldError[] {
  const { inference, resource, tuning } = workspace;
  const errors: FieldError[] = [];
  if (!inference && !tuning) {
    errors.push(genericError("Either Inference or Tuning must be specified, not neither", "spec"));
  }
  if (inference && tuning) {
    errors.push(genericError("Either Inference or Tuning must be specified, but not both", "spec"));
  }
  if (resource.instanceType === "") {
    errors.push(
      ...viaField("spec", [
        missingFieldError(
          "instanceType is required when node auto-provisioning is enabled",
          "resource.instanceType",
        ),
      ]),
    );
  }
  if (inference) {
    errors.push(...viaField("resource", skuErrors(workspace)));
    errors.push(...viaField("inference", inferenceErrors(workspace, inference)));
  }
  if (tuning) {
    errors.push(...viaField("resource", tuningResourceErrors(workspace)));
    errors.push(...viaField("tuning", tuningErrors(workspace, tuning, find)));
  }
  return errors;
}

/** kaito: any machine of the N and D series passes, whatever KAITO knows of it. */
function skuErrors({ resource }: Workspace): FieldError[] {
  const { instanceType } = resource;
  if (instanceType === "" || /^Standard_[ND]/.test(instanceType)) return [];
  const list = SUPPORTED_SKUS.join(" ");
  return [
    invalidValueError(
      `Unsupported instance type ${instanceType}. Supported SKUs: [${list}]`,
      "instanceType",
    ),
  ];
}

function inferenceErrors(
  workspace: Workspace,
  { adapters, preset, template }: Inference,
): FieldError[] {
  const errors = duplicateErrors(adapters).map(noPath);
  if (preset && template) {
    errors.push(noPath(genericError("Preset and Template cannot be set at the same time")));
  }
  if (!preset && !template) {
    errors.push(genericError("Preset or Template must be specified", ""));
  }
  if (preset && !isValidPreset(preset.name)) {
    errors.push(
      invalidValueError(`Unsupported inference preset name ${preset.name}`, "presetName"),
    );
  }
  if (adapters.length > MAX_ADAPTERS) {
    errors.push(
      noPath(
        genericError(
          `Number of Adapters exceeds the maximum limit, maximum of ${MAX_ADAPTERS} allowed`,
        ),
      ),
    );
  }
  if (isVllm(workspace) && adapters.some(({ strength }) => strength !== undefined)) {
    errors.push(noPath(genericError("Runtime validation: vLLM does not support adapter strength")));
  }
  return errors;
}

/** Knative prints the message and nothing behind its colon. */
function noPath({ message }: FieldError): FieldError {
  return { message, paths: [] };
}

function tuningResourceErrors({ resource }: Workspace): FieldError[] {
  const errors: FieldError[] = [];
  if (resource.count > 1) {
    errors.push(
      invalidValueError(
        "Tuning does not currently support multinode configurations. Please set the node count to 1. " +
          "Future support with DeepSpeed will allow this.",
        "count",
      ),
    );
  }
  if (resource.partition) {
    errors.push(
      invalidValueError("GPU partitioning is not supported for tuning workloads", "partition"),
    );
  }
  return errors;
}

function tuningErrors(workspace: Workspace, tuning: Tuning, find: FindConfigMap): FieldError[] {
  const { input, method, output, preset } = tuning;
  const errors = configErrors(workspace, tuning, find);
  if (!/^q?lora$/i.test(method)) errors.push(invalidValueError(method, "Method"));
  errors.push(...viaField("Input", sourceErrors(input)));
  errors.push(...viaField("Output", destinationErrors(output)));
  if (!preset) errors.push(missingFieldError("Preset"));
  else if (!isValidPreset(preset.name)) {
    errors.push(invalidValueError(`Unsupported tuning preset name ${preset.name}`, "presetName"));
  }
  return errors;
}

function configErrors(
  { metadata }: Workspace,
  { config, method }: Tuning,
  find: FindConfigMap,
): FieldError[] {
  const lowerCase = method.toLowerCase();
  const template = /^q?lora$/.test(lowerCase) ? `${lowerCase}-params-template` : "";
  const namespace = config === "" ? RELEASE_NAMESPACE : metadata.namespace;
  const found = find(namespace, config === "" ? template : config);
  const errors = found
    ? tuningConfigErrors(found, lowerCase)
    : [
        genericError(
          `ConfigMap '${config}' specified in 'config' not found in namespace '${namespace}'`,
          "config",
        ),
      ];
  if (errors.length === 0) return [];
  return [genericError(`Failed to evaluate validateConfigMap: ${formatErrors(errors)}`, "Config")];
}
