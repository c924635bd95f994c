import { readFile } from "node:fs/promises";

/** What the functions of a fixture have noted in the file `EXECUTIONS_FILE`, one JSON document a line. */
export async function readExecutions(file: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  // A line that is being written now has no end yet.
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
