/** The candidate that a misspelt word was probably meant to be: at most two letters differ. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const written = word.toLowerCase();
  const mostEdits = Math.min(2, Math.floor(word.length / 2));
  for (let edits = 0; edits <= mostEdits; edits++) {
    const found = candidates.find((each) => isWithin(edits, written, each.toLowerCase()));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether so many insertions, deletions and replacements of letters make one of the other. */
function isWithin(edits: number, a: string, b: string): boolean {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same += 1;
  const restA = a.slice(same);
  const restB = b.slice(same);
  if (restA === "" || restB === "") return restA.length + restB.length <= edits;
  if (edits === 0) return false;
  return (
    isWithin(edits - 1, restA.slice(1), restB) ||
    isWithin(edits - 1, restA, restB.slice(1)) ||
    isWithin(edits - 1, restA.slice(1), restB.slice(1))
  );
}
