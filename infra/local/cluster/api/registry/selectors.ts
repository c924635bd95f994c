import { type KubeObject, textAt } from "../../objects/kube-object.ts";
import { badRequest } from "../api-error.ts";
import type { Resource } from "../resource.ts";

export type Matches = (object: KubeObject) => boolean;
type Labels = Readonly<Record<string, string>>;

/** Parses `a=b,c!=d,e in (f,g),h,!i` (apimachinery: labels/selector.go). */
export function parseLabelSelector(text: string): (labels: Labels) => boolean {
  const requirements = splitOutsideBrackets(text).map((part) => parseRequirement(part.trim()));
  return (labels) => requirements.every((matches) => matches(labels));
}

/** Parses `metadata.name=a,status.phase!=Running`. */
export function parseFieldSelector(text: string, resource: Resource): Matches {
  const known = new Set(["metadata.name", "metadata.namespace", ...resource.selectableFields]);
  const requirements = text
    .split(",")
    .filter((part) => part !== "")
    .map((part) => {
      const [, field, operator, value = ""] = /^([^=!]+)(==|=|!=)(.*)$/.exec(part) ?? [];
      if (field === undefined) throw badRequest(`invalid field selector: '${part}'`);
      if (!known.has(field)) {
        throw badRequest(`field label not supported: ${field}`);
      }
      const path = field.split(".");
      return (object: KubeObject) =>
        ((textAt(object, ...path) ?? "") === value) === (operator !== "!=");
    });
  return (object) => requirements.every((matches) => matches(object));
}

export interface LabelSelector {
  readonly matchLabels?: Labels | undefined;
  readonly matchExpressions?: readonly Expression[] | undefined;
}

export interface Expression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}

/** Whether labels fit a selector in an object; one without terms fits everything. */
export function fitsSelector(labels: Labels, selector: LabelSelector): boolean {
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    (selector.matchExpressions ?? []).every((expression) => fitsExpression(labels, expression))
  );
}

export function fitsExpression(
  labels: Labels,
  { key, operator, values = [] }: Expression,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}

function parseRequirement(part: string): (labels: Labels) => boolean {
  if (part === "") return () => true;
  const set = /^(\S+)\s+(in|notin)\s*\((.*)\)$/.exec(part);
  if (set) {
    const [, key = "", operator, list = ""] = set;
    const values = list.split(",").map((value) => value.trim());
    return (labels) =>
      fitsExpression(labels, { key, operator: operator === "in" ? "In" : "NotIn", values });
  }
  const equality = /^([^=!\s]+)\s*(==|=|!=)\s*([^=\s]*)$/.exec(part);
  if (equality) {
    const [, key = "", operator, value = ""] = equality;
    return (labels) =>
      fitsExpression(labels, {
        key,
        operator: operator === "!=" ? "NotIn" : "In",
        values: [value],
      });
  }
  const existence = /^(!?)\s*([^=!\s()]+)$/.exec(part);
  if (!existence) throw badRequest(`unable to parse requirement: ${part}`);
  const [, negated, key = ""] = existence;
  return (labels) => Object.hasOwn(labels, key) === (negated === "");
}

function splitOutsideBrackets(text: string): string[] {
  return text.split(/,(?![^(]*\))/);
}
