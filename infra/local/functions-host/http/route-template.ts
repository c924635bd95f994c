import { UsageError } from "../../program/usage-error.ts";
import { type Constraint, parseConstraint } from "./route-constraints.ts";

export interface LiteralPart {
  readonly kind: "literal";
  readonly text: string;
}

export interface ParameterPart {
  readonly kind: "parameter" | "rest";
  readonly name: string;
  readonly constraints: readonly Constraint[];
  readonly isOptional: boolean;
  readonly defaultValue: string | undefined;
}

export type Part = LiteralPart | ParameterPart;

/** What is between two slashes: one part, or a mixture such as `{name}.{ext}`. */
export interface Segment {
  readonly parts: readonly Part[];
}

export interface RouteTemplate {
  readonly segments: readonly Segment[];
}

/** A problem of a template, without the template: the caller knows whose it is. */
class TemplateProblem extends Error {}

/**
 * Reads ASP.NET's route templates (RoutePatternParser.cs, RouteParameterParser.cs).
 *
 * @throws {UsageError} naming the function and the part that is wrong
 */
export function parseRoute(route: string, functionName: string): RouteTemplate {
  try {
    const texts = splitSegments(route).filter((text) => text !== "");
    const segments = texts.map((text) => ({ parts: parseSegment(text) }));
    checkRoute(segments);
    return { segments };
  } catch (error) {
    if (!(error instanceof TemplateProblem)) throw error;
    throw new UsageError(`Function '${functionName}', route '${route}': ${error.message}`, {
      cause: error,
    });
  }
}

/** A slash inside of braces belongs to a constraint. */
function splitSegments(route: string): string[] {
  const segments = [""];
  for (const piece of piecesOf(route)) {
    const [first = "", ...others] = piece.isParameter ? [`{${piece.raw}}`] : piece.raw.split("/");
    segments.push(`${segments.pop() ?? ""}${first}`, ...others);
  }
  return segments;
}

interface Piece {
  readonly isParameter: boolean;
  /** Without the braces around it; a doubled brace is one that stands for itself. */
  readonly text: string;
  /** As it was written. */
  readonly raw: string;
}

const PIECE =
  /\{(?<parameter>(?:[^{}]|\{\{|\}\})*?)\}(?!\})|(?<literal>(?:[^{}]|\{\{|\}\})+)|(?<stray>[{}])/gy;

function* piecesOf(text: string): Generator<Piece> {
  for (const match of text.matchAll(PIECE)) {
    const { parameter, literal, stray } = match.groups ?? {};
    if (stray !== undefined) {
      throw new TemplateProblem(
        `'${match.input.slice(match.index)}' has a brace without its other half. Write {{ or }} for one that is meant.`,
      );
    }
    const inner = parameter ?? literal ?? "";
    yield {
      isParameter: parameter !== undefined,
      text: inner.replaceAll("{{", "{").replaceAll("}}", "}"),
      raw: inner,
    };
  }
}

function parseSegment(segment: string): Part[] {
  const parts = [...piecesOf(segment)].map(({ isParameter, text }): Part => {
    return isParameter ? parseParameter(text) : { kind: "literal", text };
  });
  for (const [index, part] of parts.entries()) {
    const before = parts[index - 1];
    if (part.kind === "literal") continue;
    if (part.kind === "rest" && parts.length > 1) {
      throw new TemplateProblem(`'${segment}': {*${part.name}} must be alone between its slashes.`);
    }
    if (before && before.kind !== "literal") {
      throw new TemplateProblem(
        `'${segment}': two parameters need something between them, or nobody could tell where one ends.`,
      );
    }
    if (part.isOptional && parts.length > 1) checkMixedOptional(segment, parts, index);
  }
  return parts;
}

/** `{name}.{ext?}` is the one form that ASP.NET allows: the dot goes with the extension. */
function checkMixedOptional(segment: string, parts: readonly Part[], index: number): void {
  const before = parts[index - 1];
  const isAfterDot = before?.kind === "literal" && before.text === ".";
  if (index === parts.length - 1 && isAfterDot) return;
  throw new TemplateProblem(
    `'${segment}': an optional parameter beside something else must be at the end, after a dot.`,
  );
}

const HEAD = /^(\*{0,2})([^:=?*/{}]+)/;

function parseParameter(text: string): ParameterPart {
  const [head, stars = "", name = ""] = HEAD.exec(text) ?? [];
  if (head === undefined) throw new TemplateProblem(`'{${text}}' has no name that can be used.`);
  const { constraints, rest } = parseConstraints(text.slice(head.length), text);
  const { isOptional, defaultValue } = parseEnding(rest, text);
  const kind = stars === "" ? "parameter" : "rest";
  if (isOptional && (kind === "rest" || defaultValue !== undefined)) {
    throw new TemplateProblem(`'{${text}}' is optional already: leave the question mark out.`);
  }
  return { kind, name, constraints, isOptional, defaultValue };
}

/** `?`, `=value`, or nothing. */
function parseEnding(
  ending: string,
  parameter: string,
): Pick<ParameterPart, "isOptional" | "defaultValue"> {
  const isOptional = ending.endsWith("?");
  const rest = isOptional ? ending.slice(0, -1) : ending;
  if (rest === "") return { isOptional, defaultValue: undefined };
  if (rest.startsWith("=")) return { isOptional, defaultValue: rest.slice(1) };
  throw new TemplateProblem(`'{${parameter}}': '${rest}' is not understood.`);
}

/** Ends at a parenthesis that the next constraint, the default, the question mark or nothing follows. */
const CALLED = /^:([^:=?()]+\([^]*?\))(?=[:=?]|$)/;
const PLAIN = /^:([^:=?]+)/;

function parseConstraints(
  text: string,
  parameter: string,
): { constraints: Constraint[]; rest: string } {
  const constraints: Constraint[] = [];
  let rest = text;
  for (;;) {
    const match = CALLED.exec(rest) ?? PLAIN.exec(rest);
    if (!match) return { constraints, rest };
    const [whole, written = ""] = match;
    const constraint = parseConstraint(written);
    if (!constraint) {
      throw new TemplateProblem(
        `'{${parameter}}': '${written}' is no constraint. There are int, long, alpha, bool, guid, datetime, decimal, ` +
          "double, float, required, length(n), length(a,b), minlength(n), maxlength(n), min(n), max(n), range(a,b) and regex(...).",
      );
    }
    constraints.push(constraint);
    rest = rest.slice(whole.length);
  }
}

function checkRoute(segments: readonly Segment[]): void {
  const names = new Set<string>();
  for (const [index, { parts }] of segments.entries()) {
    for (const part of parts) {
      if (part.kind === "literal") continue;
      if (part.kind === "rest" && index < segments.length - 1) {
        throw new TemplateProblem(`{*${part.name}} takes the rest of the path: put it last.`);
      }
      const name = part.name.toLowerCase();
      if (names.has(name)) throw new TemplateProblem(`{${part.name}} appears more than once.`);
      names.add(name);
    }
  }
}

/** Sorts as ASP.NET: `runs/latest` before `runs/{id:int}` before `runs/{id}` before `{*path}` (RoutePrecedence.cs). */
export function compareRoutes(a: RouteTemplate, b: RouteTemplate): number {
  const length = Math.max(a.segments.length, b.segments.length);
  for (let index = 0; index < length; index += 1) {
    const difference = rankOf(a.segments[index]) - rankOf(b.segments[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function rankOf(segment: Segment | undefined): number {
  const [first, ...others] = segment?.parts ?? [];
  if (!first) return 0;
  if (others.length > 0) return 2;
  if (first.kind === "literal") return 1;
  return (first.kind === "rest" ? 5 : 3) - (first.constraints.length > 0 ? 1 : 0);
}
