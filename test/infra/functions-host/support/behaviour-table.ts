/** One row of BEHAVIOURS.md. */
export interface Behaviour {
  readonly text: string;
  /** The cell beside it. */
  readonly proof: string;
}

const ROW = /^\| (?<text>.+?) +\| (?<proof>.*?) *\|$/;
const HEAD = /^\| (?:behaviour|-+) /;

/** @param markdown tables with two columns */
export function readBehaviours(markdown: string): Behaviour[] {
  const lines = markdown.split("\n").filter((line) => line.startsWith("|") && !HEAD.test(line));
  return lines.map((line) => {
    const { text = line, proof = "" } = ROW.exec(line)?.groups ?? {};
    return { text, proof };
  });
}

/** `describe("...`, `test("...`, and what follows a table of cases: `])("...`. */
const TITLE =
  /(?:\b(?<call>describe|test)(?<how>(?:\.\w+)*)\(|\)\()\s*"(?<title>(?:[^"\\]|\\.)*)",\s*(?:async )?(?:\(|\{)/g;
const LEFT_OUT = /\.(?:skip|todo)/;

/**
 * The names of a file's tests, with those of the groups around them, as vitest prints them; tables of cases
 * have the name that is written there.
 *
 * @param source formatted: what is inside something stands further right
 */
export function testNames(source: string): string[] {
  const groups: { readonly indent: number; readonly title: string }[] = [];
  const names: string[] = [];
  for (const match of source.matchAll(TITLE)) {
    const { call, how = "", title: literal = "" } = match.groups ?? {};
    const title = JSON.parse(`"${literal}"`) as string;
    const indent = indentAt(source, match.index);
    while ((groups.at(-1)?.indent ?? -1) >= indent) groups.pop();
    if (LEFT_OUT.test(how)) continue;
    if (call === "describe") groups.push({ indent, title });
    else names.push([...groups.map((group) => group.title), title].join(" > "));
  }
  return names;
}

function indentAt(source: string, index: number): number {
  const line = source.slice(source.lastIndexOf("\n", index) + 1);
  return line.length - line.trimStart().length;
}

const NOT_OFFERED = /^not offered: \S/;
const NAMED = /^`(?<file>[\w-]+\.test\.ts)`: (?<name>.+)$/;

/**
 * What is wrong with a row, in words; nothing if it gives a reason or names tests that there are.
 *
 * @param tests the names of each file's tests
 */
export function faultsOf(
  { text, proof }: Behaviour,
  tests: ReadonlyMap<string, readonly string[]>,
): string[] {
  if (NOT_OFFERED.test(proof)) return [];
  return proof.split("<br>").flatMap((part) => {
    const { file, name } = NAMED.exec(part)?.groups ?? {};
    if (file === undefined || name === undefined) return [`${text}: neither a test nor a reason`];
    const known = tests.get(file);
    if (!known) return [`${text}: there is no ${file}`];
    const found = known.filter((each) => each === name || each.endsWith(` > ${name}`));
    if (found.length === 1) return [];
    return [`${text}: ${file} has ${found.length} tests named '${name}'`];
  });
}
