import { isSameJson } from "../../objects/deep-equal.ts";
import type { Inference, Tuning, Workspace } from "../workspace.ts";
import { adapterErrors, duplicateErrors } from "./adapter-rules.ts";
import { type FieldError, genericError, invalidValueError, viaField } from "./field-errors.ts";
import { imageErrors } from "./source-rules.ts";

/** kaito: Workspace.Validate with a baseline. */
export function updateErrors(workspace: Workspace, before: Workspace): FieldError[] {
  return [
    ...toggleErrors(workspace, before),
    ...viaField("resource", resourceErrors(workspace.resource, before.resource)),
    ...inferenceErrors(workspace.inference, before.inference),
    ...tuningErrors(workspace.tuning, before.tuning),
  ];
}

function toggleErrors(workspace: Workspace, before: Workspace): FieldError[] {
  const errors: FieldError[] = [];
  if (Boolean(workspace.inference) !== Boolean(before.inference)) {
    errors.push(genericError("Inference field cannot be toggled once set", "spec.inference"));
  }
  if (Boolean(workspace.tuning) !== Boolean(before.tuning)) {
    errors.push(genericError("Tuning field cannot be toggled once set", "spec.tuning"));
  }
  return errors;
}

type Resource = Workspace["resource"];

function resourceErrors(resource: Resource, before: Resource): FieldError[] {
  const immutable = (["count", "partition", "labelSelector"] as const).filter(
    (field) => !isSameJson(resource[field], before[field]),
  );
  const errors = immutable.map((field) => genericError("field is immutable", field));
  if (resource.instanceType !== before.instanceType) {
    errors.push(
      genericError(
        "instanceType cannot be changed once set when node auto-provisioning is enabled",
        "instanceType",
      ),
    );
  }
  return errors;
}

function inferenceErrors(
  inference: Inference | undefined,
  before: Inference | undefined,
): FieldError[] {
  if (!inference || !before) return [];
  const errors = inference.adapters.flatMap(adapterErrors);
  // The controller itself writes `presetOptions: {}`, so an empty one is no change.
  if (!isSameJson(withOptions(inference.preset), withOptions(before.preset))) {
    errors.push(genericError("field is immutable", "preset"));
  }
  if (Boolean(inference.template) !== Boolean(before.template)) {
    errors.push(genericError("field cannot be unset/set if it was set/unset", "template"));
  }
  const duplicates = duplicateErrors(inference.adapters).map(({ message }) => ({
    message,
    paths: [],
  }));
  return [...viaField("inference", errors), ...duplicates];
}

function tuningErrors(tuning: Tuning | undefined, before: Tuning | undefined): FieldError[] {
  if (!tuning || !before) return [];
  const errors = [
    ...viaField("Input", imageErrors(tuning.input.image, "input")),
    ...viaField("Output", imageErrors(tuning.output.image, "output")),
  ];
  if (tuning.input.name !== before.input.name) {
    errors.push(
      invalidValueError("During tuning Name field cannot be changed once set", "Input.Name"),
    );
  }
  if (!isSameJson(withOptions(tuning.preset), withOptions(before.preset))) {
    errors.push(genericError("Preset cannot be changed", "Preset"));
  }
  if (tuning.method.toLowerCase() !== before.method.toLowerCase()) {
    errors.push(genericError("Method cannot be changed", "Method"));
  }
  return viaField("tuning", errors);
}

function withOptions(preset: Inference["preset"]): unknown {
  return preset && { presetOptions: {}, ...preset };
}
