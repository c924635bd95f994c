import { UsageError } from "../../program/usage-error.ts";

interface LiteralSegment {
  readonly kind: "literal";
  readonly text: string;
}

interface ParameterSegment {
  readonly kind: "parameter" | "rest";
  readonly name: string;
  readonly constraint: RegExp | undefined;
  readonly isOptional: boolean;
  readonly defaultValue: string | undefined;
}

type Segment = LiteralSegment | ParameterSegment;

export interface RouteTemplate {
  readonly segments: readonly Segment[];
}

/** `{name}`, `{name:int}`, `{name?}`, `{name=default}`, `{*rest}`, `{**rest}`. */
const PARAMETER = /^\{(\*{0,2})([^:?=}]+)(?::([^?=}]+))?(?:(\?)|=([^}]*))?\}$/;

const CONSTRAINTS: Readonly<Record<string, RegExp>> = {
  int: /^-?\d{1,10}$/,
  long: /^-?\d{1,19}$/,
  alpha: /^[a-z]*$/i,
  bool: /^(true|false)$/i,
  guid: /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i,
};

/**
 * Reads the part of ASP.NET's route templates that takes whole path segments.
 *
 * @throws {UsageError} if it is written in another way
 */
export function parseRoute(route: string, functionName: string): RouteTemplate {
  const parts = route.split("/").filter((part) => part !== "");
  const segments = parts.map((part) => parseSegment(part, route, functionName));
  const early = segments.slice(0, -1).some((segment) => segment.kind === "rest");
  if (early) {
    throw new UsageError(
      `Function '${functionName}': in route '${route}', only the last part may be {*...}.`,
    );
  }
  return { segments };
}

function parseSegment(part: string, route: string, functionName: string): Segment {
  if (!part.includes("{")) return { kind: "literal", text: part.toLowerCase() };
  const match = PARAMETER.exec(part);
  const [, stars = "", name = "", constraintName, optional, defaultValue] = match ?? [];
  const constraint = constraintName === undefined ? undefined : CONSTRAINTS[constraintName];
  if (!match || (constraintName !== undefined && !constraint)) {
    throw new UsageError(
      `Function '${functionName}': '${part}' in route '${route}' is not supported. Use {name}, {name:type}, ` +
        `{name?}, {name=default} or {*name}, with a type of ${Object.keys(CONSTRAINTS).join(", ")}.`,
    );
  }
  return {
    kind: stars === "" ? "parameter" : "rest",
    name,
    constraint,
    isOptional: optional !== undefined,
    defaultValue,
  };
}

/** @param path decoded segments @returns the parameters, or undefined if the path is another */
export function matchRoute(
  { segments }: RouteTemplate,
  path: readonly string[],
): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = path[index];
    if (segment.kind === "rest") {
      if (part !== undefined) parameters[segment.name] = path.slice(index).join("/");
      return parameters;
    }
    if (segment.kind === "literal") {
      if (part?.toLowerCase() !== segment.text) return undefined;
    } else if (!takeParameter(segment, part, parameters)) {
      return undefined;
    }
  }
  return path.length <= segments.length ? parameters : undefined;
}

function takeParameter(
  segment: ParameterSegment,
  part: string | undefined,
  parameters: Record<string, string>,
): boolean {
  const value = part ?? segment.defaultValue;
  if (value === undefined) return segment.isOptional;
  if (segment.constraint && !segment.constraint.test(value)) return false;
  parameters[segment.name] = value;
  return true;
}

/** Sorts the more exact template first: `runs/latest` before `runs/{id:int}` before `runs/{id}` before `{*path}`. */
export function compareRoutes(a: RouteTemplate, b: RouteTemplate): number {
  const length = Math.max(a.segments.length, b.segments.length);
  for (let index = 0; index < length; index += 1) {
    const difference = rankOf(a.segments[index]) - rankOf(b.segments[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function rankOf(segment: Segment | undefined): number {
  if (!segment) return 0;
  if (segment.kind === "literal") return 1;
  if (segment.kind === "rest") return 4;
  return segment.constraint ? 2 : 3;
}
