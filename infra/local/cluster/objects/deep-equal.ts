import { isDeepStrictEqual } from "node:util";

/** Whether two values are the same JSON: fields that are undefined do not count. */
export function isSameJson(left: unknown, right: unknown): boolean {
  return isDeepStrictEqual(toJson(left), toJson(right));
}

/** A copy as it would arrive over the wire. */
export function toJson(value: unknown): unknown {
  const text: string | undefined = JSON.stringify(value);
  return text === undefined ? undefined : JSON.parse(text);
}
