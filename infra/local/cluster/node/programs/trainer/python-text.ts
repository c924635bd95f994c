/** What Python's `print` makes of a value. */
export function toPython(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") {
    return `'${value.replaceAll("\\", "\\\\").replaceAll("'", String.raw`\'`)}'`;
  }
  if (Array.isArray(value)) return `[${value.map((item) => toPython(item)).join(", ")}]`;
  if (typeof value === "object") {
    const pairs = Object.entries(value).map(([key, item]) => `'${key}': ${toPython(item)}`);
    return `{${pairs.join(", ")}}`;
  }
  return typeof value === "number" || typeof value === "bigint" ? String(value) : "None";
}

/** The same for numbers that are floats in Python: `1.0`, `2e-05`. */
export function toPythonFloats(values: Readonly<Record<string, number>>): string {
  const pairs = Object.entries(values).map(([key, value]) => `'${key}': ${toFloat(value)}`);
  return `{${pairs.join(", ")}}`;
}

function toFloat(value: number): string {
  if (Number.isInteger(value)) return `${value}.0`;
  if (Math.abs(value) >= 1e-4) return String(value);
  return value.toExponential().replace(/e-(\d)$/, "e-0$1");
}

/** A failure of the trainer: what Python would print, and the process's exit code. */
export class TrainerError extends Error {
  override readonly name = "TrainerError";
  readonly exitCode: number;

  /** @param message - `ValueError: ...`, the last line of the traceback */
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

export function toTraceback(message: string, at: string): string {
  return [
    "Traceback (most recent call last):",
    `  File "/workspace/tfs/fine_tuning.py", ${at}`,
    message,
  ].join("\n");
}
