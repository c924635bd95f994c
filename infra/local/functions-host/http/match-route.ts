import type { LiteralPart, ParameterPart, Part, RouteTemplate, Segment } from "./route-template.ts";

type Parameters = Record<string, string>;

/** @param path decoded segments @returns the parameters, or undefined if the path is another */
export function matchRoute(
  { segments }: RouteTemplate,
  path: readonly string[],
): Parameters | undefined {
  const parameters: Parameters = {};
  for (const [index, segment] of segments.entries()) {
    const [first] = segment.parts;
    if (first?.kind === "rest") {
      const rest = index < path.length ? path.slice(index).join("/") : undefined;
      return takeRest(first, rest, parameters) ? parameters : undefined;
    }
    if (!takeSegment(segment, path[index], parameters)) return undefined;
  }
  return path.length <= segments.length ? parameters : undefined;
}

function takeRest(part: ParameterPart, rest: string | undefined, parameters: Parameters): boolean {
  const value = rest ?? part.defaultValue;
  return value === undefined || takeValue(part, value, parameters);
}

function takeSegment(
  { parts }: Segment,
  text: string | undefined,
  parameters: Parameters,
): boolean {
  const [first, ...others] = parts;
  if (!first) return false;
  if (others.length > 0) return text !== undefined && takeMixture(parts, text, parameters);
  if (first.kind === "literal") return text !== undefined && fold(text) === fold(first.text);
  const value = text ?? first.defaultValue;
  return value === undefined ? first.isOptional : takeValue(first, value, parameters);
}

function takeValue(part: ParameterPart, value: string, parameters: Parameters): boolean {
  if (!part.constraints.every((allows) => allows(value))) return false;
  parameters[part.name] = value;
  return true;
}

/** An optional end, `{name}.{ext?}`, is tried with its dot first (RoutePatternMatcher.MatchComplexSegment). */
function takeMixture(parts: readonly Part[], text: string, parameters: Parameters): boolean {
  const last = parts.at(-1);
  if (takeFromTheEnd(parts, text, parameters)) return true;
  const canEndEarly = last?.kind === "parameter" && last.isOptional;
  return canEndEarly && takeFromTheEnd(parts.slice(0, -2), text, parameters);
}

/**
 * Looks for literals from the end, as ASP.NET does: `{name}.{ext}` finds the last dot. No literal is looked
 * for twice, so that no path takes long, which a regular expression with several `.+` would not promise.
 */
function takeFromTheEnd(parts: readonly Part[], text: string, parameters: Parameters): boolean {
  const found: Parameters = {};
  let end = text.length;
  let waiting: ParameterPart | undefined;
  for (const part of parts.toReversed()) {
    if (part.kind !== "literal") {
      waiting = part;
      continue;
    }
    const at = waiting ? lastBefore(text, part, end) : endsAt(text, part, end);
    if (at < 0) return false;
    if (waiting && !takeValue(waiting, text.slice(at + part.text.length, end), found)) return false;
    waiting = undefined;
    end = at;
  }
  if (waiting ? end === 0 || !takeValue(waiting, text.slice(0, end), found) : end > 0) return false;
  Object.assign(parameters, found);
  return true;
}

/** Leaves at least one character for the parameter behind it. */
function lastBefore(text: string, literal: LiteralPart, end: number): number {
  const at = end - 1 - literal.text.length;
  return at < 0 ? -1 : fold(text).lastIndexOf(fold(literal.text), at);
}

function endsAt(text: string, literal: LiteralPart, end: number): number {
  const at = end - literal.text.length;
  return at >= 0 && fold(text.slice(at, end)) === fold(literal.text) ? at : -1;
}

/** Without case, and of the same length: some letters become two in the other case. */
function fold(text: string): string {
  return text.replaceAll(/[^a-z0-9]/g, (character) => {
    const lower = character.toLowerCase();
    return lower.length === character.length ? lower : character;
  });
}
