import { z } from "zod";

import { type Checked, parseJson, quote, refuse, settle } from "./checked.ts";
import { MAX_RANK } from "./max-rank.ts";

const MODULES = "neither a list of names nor an expression";
const Word = z.string().min(1, MODULES);

/** What decides whether vLLM can serve the adapter (vllm/lora/peft_helper.py); peft writes much more. */
const AdapterConfig = z.object({
  peft_type: z.unknown().optional(),
  task_type: z.unknown().optional(),
  r: z.int("not a whole number").positive("not positive"),
  lora_alpha: z.number("not a number").positive("not positive"),
  target_modules: z.union([Word, z.array(Word).min(1, MODULES)], MODULES),
  bias: z.unknown().optional(),
  use_dora: z.unknown().optional(),
  modules_to_save: z.unknown().optional(),
  rank_pattern: z.unknown().optional(),
});
type AdapterConfig = z.infer<typeof AdapterConfig>;

export interface AdapterFacts {
  readonly rank: number;
  /** As peft has it: the ends of module names, or one expression. */
  readonly targetModules: string | readonly string[];
}

/** Checks `adapter_config.json` against what was asked for and what vLLM serves. */
export function checkAdapterConfig(
  text: string,
  expected: { readonly rank: number },
): Checked<AdapterFacts> {
  const parsed = parseJson(text);
  if (!parsed) return refuse("adapter_config.json is not JSON");
  const config = AdapterConfig.safeParse(parsed.value);
  if (!config.success) {
    const { issues } = config.error;
    return refuse(
      ...issues.map(({ path, message }) => `adapter_config.json ${path.join(".")}: ${message}`),
    );
  }
  const { r: rank, target_modules: targetModules } = config.data;
  return settle(
    [...rankProblems(rank, expected.rank), ...kindProblems(config.data)].map(
      (problem) => `adapter_config.json: ${problem}`,
    ),
    { rank, targetModules },
  );
}

function rankProblems(rank: number, asked: number): string[] {
  const problems: string[] = [];
  if (rank !== asked) problems.push(`r is ${rank}, but the pipeline asked for ${asked}`);
  if (rank > MAX_RANK) problems.push(`r is ${rank}; vLLM serves at most ${MAX_RANK}`);
  return problems;
}

/** Values that a field may have; anything else would be refused, or silently ignored, in serving. */
const ALLOWED: readonly {
  readonly key: keyof AdapterConfig;
  readonly values: readonly unknown[];
}[] = [
  { key: "peft_type", values: ["LORA"] },
  { key: "task_type", values: ["CAUSAL_LM", null, undefined] },
  { key: "bias", values: ["none", null, undefined] },
  { key: "use_dora", values: [false, null, undefined] },
];

function kindProblems(config: AdapterConfig): string[] {
  const problems = ALLOWED.filter(({ key, values }) => !values.includes(config[key])).map(
    ({ key, values }) => `${key} is ${quote(config[key])}; it must be ${quote(values[0])}`,
  );
  for (const key of ["modules_to_save", "rank_pattern"] as const) {
    if (!isNothing(config[key])) {
      problems.push(`${key} is ${quote(config[key])}; it must be empty`);
    }
  }
  return problems;
}

function isNothing(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
