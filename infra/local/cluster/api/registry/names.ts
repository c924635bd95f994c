import { randomInt } from "node:crypto";

import type { Metadata } from "../../objects/kube-object.ts";
import { invalidValue, requiredValue, type StatusCause } from "../api-error.ts";

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const LABEL_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** apimachinery: util/validation/validation.go, IsDNS1123Subdomain. */
export const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', " +
  "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for " +
  "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const LABEL_VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', " +
  "and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or " +
  "'12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

export function isSubdomain(name: string): boolean {
  return SUBDOMAIN.test(name);
}

/** Why a text is no DNS label; empty if it is one (apimachinery: IsDNS1123Label, as KAITO asks it). */
export function dnsLabelProblem(name: string): string | undefined {
  if (name.length > 63) return "must be no more than 63 characters";
  if (name.includes(".")) return "must not contain dots";
  if (LABEL.test(name)) return undefined;
  return (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must " +
    "start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for " +
    "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
  );
}

/** What is wrong with an object's name and labels. */
export function metadataProblems({ name, labels }: Metadata): StatusCause[] {
  return [...nameProblems(name), ...labelProblems(labels ?? {})];
}

function nameProblems(name: string): StatusCause[] {
  const field = "metadata.name";
  if (name === "") return [requiredValue(field, "name or generateName is required")];
  if (name.length > 253) {
    return [invalidValue(field, name, "must be no more than 253 characters")];
  }
  return isSubdomain(name) ? [] : [invalidValue(field, name, SUBDOMAIN_RULE)];
}

function labelProblems(labels: Readonly<Record<string, string>>): StatusCause[] {
  const field = "metadata.labels";
  return Object.entries(labels).flatMap(([key, value]) => {
    if (!isLabelKey(key)) return [invalidValue(field, key, "name part must be a valid label name")];
    if (value.length > 63) return [invalidValue(field, value, "must be no more than 63 bytes")];
    return LABEL_VALUE.test(value) ? [] : [invalidValue(field, value, LABEL_VALUE_RULE)];
  });
}

function isLabelKey(key: string): boolean {
  const [first = "", second, ...more] = key.split("/");
  if (more.length > 0) return false;
  const name = second ?? first;
  const hasGoodPrefix = second === undefined || (first.length <= 253 && isSubdomain(first));
  return hasGoodPrefix && name.length <= 63 && LABEL_NAME.test(name);
}

/** Without vowels and look-alikes (apimachinery: util/rand). */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** A name from `generateName`: the base, cut if it is too long, and five characters. */
export function generateName(base: string): string {
  return `${base.slice(0, 58)}${Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join("")}`;
}
