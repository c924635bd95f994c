/** What a check found: the facts that the next one needs, or everything that is wrong. */
export type Checked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problems: readonly string[] };

const KEPT_PROBLEMS = 20;

export function settle<Value>(problems: readonly string[], value: Value): Checked<Value> {
  return problems.length === 0 ? { ok: true, value } : refuse(...problems);
}

/** An adapter comes from outside: a report about it stays short, whatever the adapter holds. */
export function refuse(...problems: readonly string[]): Checked<never> {
  const more = problems.length - KEPT_PROBLEMS;
  const kept = problems.slice(0, KEPT_PROBLEMS);
  return { ok: false, problems: more > 0 ? [...kept, `and ${more} more`] : kept };
}

/** @returns the value in an object, or `undefined` if the text is not JSON */
export function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

const LONGEST_QUOTE = 80;

/** Something from outside as part of a message: on one line, short. */
export function quote(value: unknown): string {
  if (value === undefined) return "missing";
  const text = JSON.stringify(value);
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}...` : text;
}
