interface Difference {
  readonly expected: string;
  readonly came: string;
}

const LONGEST = 300;
const BEFORE = 100;

/** Long texts, cut to the place where they begin to differ. */
export function excerpts({ expected, came }: Difference): Difference {
  let same = 0;
  while (same < expected.length && expected[same] === came[same]) same += 1;
  const from = Math.max(0, same - BEFORE);
  return { expected: excerpt(expected, from), came: excerpt(came, from) };
}

function excerpt(text: string, from: number): string {
  if (text.length <= LONGEST) return text;
  const start = Math.min(from, text.length - LONGEST);
  const end = start + LONGEST;
  return `${start > 0 ? "..." : ""}${text.slice(start, end)}${end < text.length ? "..." : ""}`;
}
