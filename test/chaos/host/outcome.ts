/** How one orchestration ended. */
export interface Ending {
  /** Its program's key. */
  readonly key: string;
  readonly status: string;
  /** JSON text, or plain text if it failed or was terminated. */
  readonly output: string | null;
  readonly customStatus: string | null;
}

/** All that must not depend on faults. */
export interface Outcome {
  /** Sorted. */
  readonly endings: readonly Ending[];
  /** An entity's id to the JSON text of its state. */
  readonly entities: Readonly<Record<string, string>>;
  /** Names of the effects that happened once or more, sorted. */
  readonly effects: readonly string[];
}

export function sortEndings(endings: Iterable<Ending>): Ending[] {
  return [...endings].toSorted((a, b) => compare(JSON.stringify(a), JSON.stringify(b)));
}

export function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** @returns a sentence for each difference */
export function differences(expected: Outcome, actual: Outcome): string[] {
  return [
    ...missing("ending", expected.endings, actual.endings),
    ...missing("entity", Object.entries(expected.entities), Object.entries(actual.entities)),
    ...missing("effect", expected.effects, actual.effects),
  ];
}

function missing(what: string, expected: readonly unknown[], actual: readonly unknown[]): string[] {
  const left = actual.map((item) => JSON.stringify(item));
  const sentences: string[] = [];
  for (const item of expected) {
    const text = JSON.stringify(item);
    const index = left.indexOf(text);
    if (index >= 0) left.splice(index, 1);
    else sentences.push(`${what} expected and not found: ${text}`);
  }
  return [...sentences, ...left.map((text) => `${what} not expected: ${text}`)];
}
