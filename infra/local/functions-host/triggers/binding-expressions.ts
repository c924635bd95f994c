import { z } from "zod";

import { UsageError } from "../../program/usage-error.ts";
import { formatDate } from "./dotnet-date-format.ts";

/** What an invocation knows by name, without case. @returns undefined for what it does not know */
export type BindingData = (name: string) => unknown;

/** A text of a binding with `{expressions}` in it. */
export type Template = readonly Part[];

type Part = { readonly literal: string } | Expression;

interface Expression {
  /** As it was written, for errors. */
  readonly text: string;
  /** `a.b.c` in parts. */
  readonly path: readonly [string, ...string[]];
  readonly format: string | undefined;
}

/** Without a format: what a blob's name can hold (BindingDataPathHelper.cs). */
const DEFAULT_DATE_FORMAT = "yyyy-MM-ddTHH-mm-ssK";

const PART = /\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g;
const EXPRESSION = /^([\w-]+(?:\.[\w-]+)*)(?::(.*))?$/s;

/**
 * Reads a template (azure-webjobs-sdk, Bindings/Path/BindingTemplateParser.cs). `{{` and `}}` stand for braces.
 *
 * @param where what the text belongs to, for the error
 * @throws {UsageError} if it is not right
 */
export function parseTemplate(text: string, where: string): Template {
  return [...text.matchAll(PART)].map(([found, inside]): Part => {
    if (found === "{{" || found === "}}") return { literal: found.charAt(0) };
    if (found === "{" || found === "}") {
      throw new UsageError(`${where}: '${text}' has a brace '${found}' without its counterpart.`);
    }
    return inside === undefined ? { literal: found } : parseExpression(inside, text, where);
  });
}

function parseExpression(inside: string, text: string, where: string): Expression {
  const [, name, format] = EXPRESSION.exec(inside.trim()) ?? [];
  const [first, ...rest] = name?.split(".") ?? [];
  if (first === undefined) {
    throw new UsageError(`${where}: '{${inside}}' in '${text}' is no expression.`);
  }
  return { text: inside, path: [first, ...rest], format: format || undefined };
}

/**
 * Writes the text that a template stands for.
 *
 * @throws if an expression has no value, or one that cannot be part of a text
 */
export function evaluate(template: Template, data: BindingData): string {
  return template.map((part) => ("literal" in part ? part.literal : textOf(part, data))).join("");
}

function textOf(expression: Expression, data: BindingData): string {
  const [first, ...rest] = expression.path;
  let value = data(first);
  if (value === undefined) throw new Error(`No value for named parameter '${first}'.`);
  for (const name of rest) value = propertyOf(value, name);
  return write(value, expression);
}

/** Distinct from a text, because only a GUID takes a format. */
export class Guid {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  format(format: string): string {
    const digits = this.#text.replaceAll("-", "");
    const formats = new Map([
      ["d", this.#text],
      ["n", digits],
      ["b", `{${this.#text}}`],
      ["p", `(${this.#text})`],
    ]);
    const text = formats.get(format.toLowerCase());
    if (text === undefined)
      throw new Error(`'${format}' is no format of a GUID: use N, D, B or P.`);
    return text;
  }
}

/** A text that is a JSON object has its properties. */
function propertyOf(value: unknown, name: string): unknown {
  const owner = typeof value === "string" ? parseObject(value) : value;
  const entry =
    typeof owner === "object" && owner !== null
      ? Object.entries(owner).find(([key]) => key.toLowerCase() === name.toLowerCase())
      : undefined;
  if (!entry) throw new Error(`Error while accessing '${name}': property doesn't exist.`);
  return entry[1];
}

/** @returns undefined if it is no JSON, or another value */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function write(value: unknown, { text, format }: Expression): string {
  if (value instanceof Guid) return value.format(format ?? "D");
  if (value instanceof Date) return formatDate(value, format ?? DEFAULT_DATE_FORMAT);
  if (typeof value === "string" || typeof value === "number") return String(value);
  // Newtonsoft's text of a JSON boolean.
  if (typeof value === "boolean") return value ? "True" : "False";
  const kind = value === null ? "null" : "an object";
  throw new Error(`The value of '{${text}}' is ${kind}, and cannot be part of a text.`);
}

/** Reads what a name holds at the places of a template's expressions. @returns undefined if it has another shape */
export type Capture = (name: string) => Record<string, string> | undefined;

/**
 * Each expression takes as much as it can, slashes included (BindingTemplateToken.cs, `(?<name>.*)`). The
 * texts between them are looked for from the end, which finds the same as that regular expression, but takes
 * no longer for a name that was made to make it try for ever.
 *
 * @throws {UsageError} if an expression is more than a name, or occurs twice
 */
export function captureOf(template: Template, where: string): Capture {
  const names = template.flatMap((part) => ("literal" in part ? [] : [nameOf(part, where)]));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`${where}: '{${twice}}' occurs twice.`);
  const [start = "", ...literals] = literalsOf(template);
  return (name) => {
    const values = capture(name, start, literals);
    return values && Object.fromEntries(names.map((key, index) => [key, values[index] ?? ""]));
  };
}

/** What is before, between and after the expressions: one more than there are of those. */
function literalsOf(template: Template): string[] {
  const literals = [""];
  for (const part of template) {
    if ("literal" in part) literals.push((literals.pop() ?? "") + part.literal);
    else literals.push("");
  }
  return literals;
}

function capture(name: string, start: string, literals: readonly string[]): string[] | undefined {
  if (literals.length === 0) return name === start ? [] : undefined;
  const values: string[] = [];
  let end = name.length;
  for (const [index, literal] of literals.toReversed().entries()) {
    const latest = end - literal.length;
    const found = latest < start.length ? -1 : name.lastIndexOf(literal, latest);
    if (found < start.length || (index === 0 && found !== latest)) return undefined;
    if (index > 0) values.unshift(name.slice(found + literal.length, end));
    end = found;
  }
  if (!name.startsWith(start)) return undefined;
  return [name.slice(start.length, end), ...values];
}

function nameOf({ text, path: [first, ...rest] }: Expression, where: string): string {
  if (rest.length > 0) {
    throw new UsageError(`${where}: '{${text}}' cannot capture: it must be a plain name.`);
  }
  return first;
}

/** The literal text before the first expression. */
export function literalStart(template: Template): string {
  const end = template.findIndex((part) => !("literal" in part));
  return template
    .slice(0, end < 0 ? template.length : end)
    .map((part) => ("literal" in part ? part.literal : ""))
    .join("");
}
