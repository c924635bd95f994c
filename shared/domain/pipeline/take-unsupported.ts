import type { Places } from "./places.ts";
import { describeFound, pathText, type Problem } from "./problems.ts";
import { UNSUPPORTED_FIELDS, type UnsupportedField } from "./unsupported-fields.ts";
import { isRecord, valueAt } from "./value-at.ts";

/** Takes the fields that are not built yet out of a document, with a problem for each. */
export function takeUnsupported(
  document: unknown,
  places: Places,
): { readonly problems: Problem[]; readonly rest: unknown } {
  const rest: unknown = structuredClone(document);
  const problems = UNSUPPORTED_FIELDS.flatMap((field) => takeField(rest, field, places));
  return { problems, rest };
}

function takeField(document: unknown, field: UnsupportedField, places: Places): Problem[] {
  const { key, values, instead } = field;
  const path = [...field.parent, key];
  const parent = valueAt(document, field.parent);
  const value = valueAt(document, path);
  if (!isRecord(parent) || value === undefined) return [];
  if (values && !values.some((withheld) => withheld === value)) return [];

  Reflect.deleteProperty(parent, key);
  const found = values ? describeFound(path, value) : "given";
  const what = values ? `${pathText(path)} ${found}` : pathText(path);
  const message = `${what} is not supported yet; today: ${instead}`;
  const place = places.ofKey(path);
  return [
    { kind: "unsupported", path: pathText(path), ...place, found, allowed: instead, message },
  ];
}
