import { parseArgs } from "node:util";

import { UsageError } from "../../infra/local/program/usage-error.ts";

export interface ChaosOptions {
  readonly from: number;
  readonly count: number;
  readonly mostFailures: number;
  readonly store: "memory" | "sqlite";
  readonly json: boolean;
}

export const USAGE =
  "npm run chaos -- host [--seeds <count>] [--from <seed>] [--seed <seed>] [--store memory|sqlite] [--stop-after <failures>] [--json]";

/** @throws {UsageError} if they are not as USAGE says */
export function parseOptions(args: readonly string[]): ChaosOptions {
  const { values, positionals } = parse(args);
  const [target, ...others] = positionals;
  if (target !== "host" || others.length > 0) {
    throw new UsageError(`Say what to try: there is only 'host'. Use ${USAGE}`);
  }
  if (values.store !== "memory" && values.store !== "sqlite") {
    throw new UsageError(`'${values.store}' is no store: use --store memory or --store sqlite.`);
  }
  const { seed } = values;
  return {
    from: seed === undefined ? wholeNumber("--from", values.from) : wholeNumber("--seed", seed),
    count: seed === undefined ? wholeNumber("--seeds", values.seeds) : 1,
    mostFailures: wholeNumber("--stop-after", values["stop-after"]),
    store: values.store,
    json: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        seeds: { type: "string", default: "10000" },
        from: { type: "string", default: "1" },
        seed: { type: "string" },
        store: { type: "string", default: "memory" },
        "stop-after": { type: "string", default: "5" },
        json: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${reason} Use ${USAGE}`, { cause: error });
  }
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number > 0) return number;
  throw new UsageError(`${option} must be a whole number from 1, not '${text}'.`);
}
