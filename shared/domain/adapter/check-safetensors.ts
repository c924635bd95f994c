import { type Checked, quote, refuse, settle } from "./checked.ts";
import { readTensors, type Tensor } from "./safetensors-header.ts";

/** What `adapter_config.json` says about the weights. */
export interface ExpectedWeights {
  readonly rank: number;
  readonly targetModules: string | readonly string[];
}

export interface Weights {
  readonly tensors: number;
  readonly parameters: number;
  /** Last parts of the names of the modules that have weights, in alphabetical order. */
  readonly modules: readonly string[];
}

type Half = "A" | "B";
type Halves = Map<string, Partial<Record<Half, Tensor>>>;

/** The only names that vLLM loads; anything else is DoRA, a whole module, or not an adapter. */
const LORA_NAME = /^(.+)\.lora_(A|B)\.weight$/;

/**
 * Checks the weights by the header of `adapter_model.safetensors`.
 *
 * @param header - the JSON behind the first eight bytes; `readHeaderLength` says how long it is
 */
export function checkSafetensors(
  header: Uint8Array,
  fileSize: number,
  expected: ExpectedWeights,
): Checked<Weights> {
  const read = readTensors(header, fileSize);
  if (!read.ok) return read;
  const tensors = read.value;
  const halves: Halves = new Map();
  const problems: string[] = [];
  for (const tensor of tensors) {
    const [, path = "", letter] = LORA_NAME.exec(tensor.name) ?? [];
    const half = letter === "A" || letter === "B" ? letter : undefined;
    if (half) halves.set(path, { ...halves.get(path), [half]: tensor });
    else problems.push(`tensor ${quote(tensor.name)} is not a LoRA weight`);
  }
  if (halves.size === 0) return refuse(...problems, "there is no LoRA weight");

  for (const [path, pair] of halves) problems.push(...pairProblems(path, pair, expected));
  return settle(problems, {
    tensors: tensors.length,
    parameters: tensors.reduce((sum, { shape }) => sum + product(shape), 0),
    modules: [...new Set(Array.from(halves.keys(), lastPart))].toSorted(),
  });
}

function pairProblems(
  path: string,
  { A, B }: Partial<Record<Half, Tensor>>,
  { rank, targetModules }: ExpectedWeights,
): string[] {
  if (!A || !B) return [`module ${quote(path)} has no lora_${A ? "B" : "A"}`];
  const problems: string[] = [];
  // A is [rank, in], B is [out, rank].
  if (A.shape.length !== 2 || B.shape.length !== 2) {
    problems.push(`module ${quote(path)} has weights that are not matrices`);
  } else if (A.shape[0] !== rank || B.shape[1] !== rank) {
    const found = `${A.shape[0]} and ${B.shape[1]}`;
    problems.push(`module ${quote(path)} has rank ${found}, but the configuration says ${rank}`);
  }
  if (!isTargeted(path, targetModules)) {
    problems.push(`module ${quote(path)} is not among target_modules`);
  }
  return problems;
}

/** An expression is peft's own (Python's syntax): it cannot be evaluated here. */
function isTargeted(path: string, targets: string | readonly string[]): boolean {
  if (typeof targets === "string") return true;
  return targets.some((target) => path === target || path.endsWith(`.${target}`));
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

function product(shape: readonly number[]): number {
  return shape.reduce((sum, side) => sum * side, 1);
}
