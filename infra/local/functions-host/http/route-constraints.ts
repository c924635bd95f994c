/** What a part of a path must be: ASP.NET's inline constraints (Microsoft.AspNetCore.Routing.Constraints). */
export type Constraint = (value: string) => boolean;

const GUID = /^(?:[0-9a-f]{32}|(?<dashed>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))$/i;
const INTEGER = /^\s*[+-]?\d+\s*$/;
const DECIMAL = /^\s*[+-]?(?:\d[\d,]*\.?\d*|\.\d+)\s*$/;
const FLOAT = /^\s*[+-]?(?:(?:\d[\d,]*\.?\d*|\.\d+)(?:e[+-]?\d+)?|infinity|nan|∞)\s*$/i;
/** .NET reads more than this; without a slash, which no part of a path can hold, this is what is meant. */
const DATE_TIME =
  /^\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AP]M)?(?:Z|[+-]\d{2}:\d{2})?)?$/i;

const INT_BOUND = 2n ** 31n;
const LONG_BOUND = 2n ** 63n;

const PLAIN: Readonly<Record<string, Constraint>> = {
  int: (value) => isIntegerWithin(value, -INT_BOUND, INT_BOUND - 1n),
  long: (value) => isIntegerWithin(value, -LONG_BOUND, LONG_BOUND - 1n),
  alpha: (value) => /^[a-z]*$/i.test(value),
  bool: (value) => /^\s*(?:true|false)\s*$/i.test(value),
  guid: (value) => GUID.test(withoutGuidBrackets(value)),
  datetime: (value) => DATE_TIME.test(value) && !Number.isNaN(Date.parse(value)),
  decimal: (value) => DECIMAL.test(value),
  double: (value) => FLOAT.test(value),
  float: (value) => FLOAT.test(value),
  required: (value) => value !== "",
};

const NUMBERED: Readonly<Record<string, (...bounds: bigint[]) => Constraint>> = {
  minlength: (least = 0n) => hasLengthWithin(least, LONG_BOUND),
  maxlength: (most = 0n) => hasLengthWithin(0n, most),
  length: (least = 0n, most = least) => hasLengthWithin(least, most),
  min: (least = 0n) => isWithin(least, LONG_BOUND),
  max: (most = 0n) => isWithin(-LONG_BOUND, most),
  range: (least = 0n, most = 0n) => isWithin(least, most),
};

const ARGUMENT_COUNTS: Readonly<Record<string, readonly number[]>> = {
  minlength: [1],
  maxlength: [1],
  length: [1, 2],
  min: [1],
  max: [1],
  range: [2],
};

const CALL = /^([a-z]+)(?:\(([^]*)\))?$/i;

/** @param text `int`, `range(1,5)`, `regex(^a+$)` @returns undefined if there is no such constraint */
export function parseConstraint(text: string): Constraint | undefined {
  const [, name = "", argument] = CALL.exec(text) ?? [];
  const lower = name.toLowerCase();
  if (argument === undefined) return ownValue(PLAIN, lower);
  if (lower === "regex") return parseExpression(argument);
  const create = ownValue(NUMBERED, lower);
  const bounds = argument.split(",").map(toInteger);
  if (!create || !ARGUMENT_COUNTS[lower]?.includes(bounds.length)) return undefined;
  return bounds.every((bound) => bound !== undefined) ? create(...bounds) : undefined;
}

function ownValue<Value>(values: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** As .NET's: anywhere in the value if it has no anchors, and without case. */
function parseExpression(source: string): Constraint | undefined {
  try {
    const expression = new RegExp(source, "i");
    return (value) => expression.test(value);
  } catch {
    return undefined;
  }
}

function isIntegerWithin(value: string, least: bigint, most: bigint): boolean {
  const number = toInteger(value);
  return number !== undefined && number >= least && number <= most;
}

function isWithin(least: bigint, most: bigint): Constraint {
  return (value) => isIntegerWithin(value, least, most);
}

function hasLengthWithin(least: bigint, most: bigint): Constraint {
  return (value) => value.length >= least && value.length <= most;
}

function toInteger(text: string): bigint | undefined {
  if (!INTEGER.test(text)) return undefined;
  const digits = text.trim().replace(/^\+/, "");
  // Nothing that long is in any range, and reading it takes time.
  return digits.length > 40 ? undefined : BigInt(digits);
}

function withoutGuidBrackets(value: string): string {
  const inner = value.slice(1, -1);
  const isBracketed = /^\{.*\}$|^\(.*\)$/.test(value) && inner.includes("-");
  return isBracketed ? inner : value;
}
