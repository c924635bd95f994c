import { isSameJson } from "../../objects/deep-equal.ts";
import {
  isJsonObject,
  type KubeObject,
  listAt,
  textAt,
  valueAt,
} from "../../objects/kube-object.ts";
import { invalidValue, type StatusCause } from "../api-error.ts";
import { dnsLabelProblem } from "../registry/names.ts";

/** kubernetes: pkg/apis/batch/validation: these fields of a Job never change. */
const JOB_FIELDS = ["completions", "completionMode", "selector", "template", "podFailurePolicy"];

/** kubernetes: pkg/apis/apps/validation: everything else of a StatefulSet never changes. */
const MUTABLE_SET_FIELDS = new Set([
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
]);

export function jobProblems(job: KubeObject, before?: KubeObject): StatusCause[] {
  if (!before) return templateProblems(job);
  return JOB_FIELDS.filter(
    (field) => !isSameJson(valueAt(job, "spec", field), valueAt(before, "spec", field)),
  ).map((field) => invalidValue(`spec.${field}`, "...", "field is immutable"));
}

export function statefulSetProblems(set: KubeObject, before?: KubeObject): StatusCause[] {
  const problems = templateProblems(set);
  if (!before) return problems;
  const fields = new Set([
    ...Object.keys(Object(set["spec"])),
    ...Object.keys(Object(before["spec"])),
  ]);
  const changed = [...fields].some(
    (field) =>
      !MUTABLE_SET_FIELDS.has(field) &&
      !isSameJson(valueAt(set, "spec", field), valueAt(before, "spec", field)),
  );
  if (!changed) return problems;
  const message =
    "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', " +
    "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
  return [...problems, { reason: "FieldValueForbidden", message, field: "spec" }];
}

/** The names in a pod template: KAITO makes them of adapter names, which may be too long or dotted. */
export function templateProblems(owner: KubeObject): StatusCause[] {
  return ["volumes", "initContainers", "containers"].flatMap((list) =>
    listAt(owner, "spec", "template", "spec", list).flatMap((item, index) => {
      const name = isJsonObject(item) ? (textAt(item, "name") ?? "") : "";
      const problem = dnsLabelProblem(name);
      return problem === undefined
        ? []
        : [invalidValue(`spec.template.spec.${list}[${index}].name`, name, problem)];
    }),
  );
}
