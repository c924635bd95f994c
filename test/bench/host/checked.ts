import { type Engine, type Workflow, WrongResult } from "./engine.ts";

/** @throws {WrongResult} */
export async function runChecked(
  engine: Engine,
  workflow: Workflow,
  size: number,
  instances: number,
): Promise<void> {
  const outputs = await engine.run(workflow, size, instances);
  const expected = workflow === "sequence" ? size : (size * (size + 1)) / 2;
  check(`instances of ${workflow}`, outputs.length, instances);
  for (const output of outputs) check(`output of ${workflow} ${size}`, output, expected);
}

/** @throws {WrongResult} */
export function check(what: string, actual: unknown, expected: number): void {
  if (actual !== expected) {
    throw new WrongResult(`${what}: ${String(actual)} instead of ${expected}`);
  }
}
