import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

import { describe, expect, test } from "vitest";
import { z } from "zod";

import { generateScenario } from "../../chaos/host/generate.ts";
import { predict } from "../../chaos/host/model.ts";
import type { Step } from "../../chaos/host/program.ts";
import { PLANT_VARIABLE } from "../../chaos/plant-variable.ts";
import { PlantName } from "../../chaos/plants.ts";

const CHAOS = path.resolve(import.meta.dirname, "../../chaos");
const LIMIT_MS = 180_000;

const Report = z.object({
  seeds: z.number(),
  commits: z.number(),
  crashes: z.number(),
  failed: z.array(
    z.object({
      seed: z.number(),
      command: z.string(),
      failure: z.object({ run: z.string(), reasons: z.array(z.string()) }),
      smallest: z.object({ roots: z.array(z.unknown()) }),
    }),
  ),
});

const Exit = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });

/** Each in a process of its own: an app can be loaded once, and a plant must not stay. */
async function runChaos(args: readonly string[], plant?: PlantName) {
  const preload = plant ? ["--import", path.join(CHAOS, "plant.ts")] : [];
  const env = { ...process.env, ...(plant ? { [PLANT_VARIABLE]: plant } : {}) };
  const command = [...preload, path.join(CHAOS, "main.ts"), ...args];
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, command, { env });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return Exit.parse(error);
  }
}

async function tryHost(args: readonly string[], plant?: PlantName) {
  const { code, stdout, stderr } = await runChaos(["host", "--json", ...args], plant);
  if (stdout === "") throw new Error(`The run has failed: ${stderr}`);
  return { code, ...Report.parse(JSON.parse(stdout)) };
}

function kindsIn(steps: readonly Step[]): string[] {
  return steps.flatMap((step) => {
    const inner = step.do === "all" || step.do === "any" ? kindsIn(step.of) : [];
    const own = step.do === "race" ? [`${step.work.do} against a timer`] : [];
    return [step.do, ...own, ...inner, ...(step.do === "sub" ? kindsIn(step.program.steps) : [])];
  });
}

describe("random orchestrations under random faults", () => {
  test(
    "end as they do without faults, in memory",
    async () => {
      const report = await tryHost(["--seeds", "300"]);

      expect(report).toMatchObject({ code: 0, seeds: 300, failed: [] });
      expect(report.crashes).toBeGreaterThan(300);
    },
    LIMIT_MS,
  );

  test(
    "end as they do without faults, on disk, where each crash opens the file again",
    async () => {
      const report = await tryHost(["--seeds", "25", "--from", "5001", "--store", "sqlite"]);

      expect(report).toMatchObject({ code: 0, seeds: 25, failed: [] });
      expect(report.crashes).toBeGreaterThan(25);
    },
    LIMIT_MS,
  );

  test("are the same ones for the same seed, and others for another", () => {
    const [first, again, other] = [generateScenario(7), generateScenario(7), generateScenario(8)];

    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  test("have every kind of step, and end in every way", () => {
    const scenarios = Array.from({ length: 300 }, (_, seed) => generateScenario(seed + 1));

    const roots = scenarios.flatMap((scenario) => scenario.roots);
    const kinds = new Set(roots.flatMap(({ program }) => kindsIn(program.steps)));
    const endings = scenarios.flatMap((scenario) => predict(scenario).endings);

    expect([...kinds].toSorted()).toEqual([
      "activity",
      "activity against a timer",
      "all",
      "any",
      "call",
      "call against a timer",
      "doomed",
      "event",
      "event against a timer",
      "flaky",
      "gather",
      "journal",
      "race",
      "relay",
      "signal",
      "status",
      "sub",
      "timer",
      "timer against a timer",
    ]);
    expect(new Set(endings.map(({ status }) => status))).toEqual(
      new Set(["Completed", "Failed", "Terminated"]),
    );
    expect(roots.some(({ program }) => program.items > 0)).toBe(true);
    expect(roots.some(({ program }) => program.rounds > 1)).toBe(true);
    expect(roots.some(({ suspension }) => suspension !== undefined)).toBe(true);
  });
});

describe("a planted bug", () => {
  test.each(PlantName.options)(
    "is found within 200 seeds: %s",
    async (plant) => {
      const report = await tryHost(["--seeds", "200", "--stop-after", "1"], plant);

      expect(report.code).toBe(1);
      expect(report.failed).toHaveLength(1);
      // Not because the plant broke the run itself.
      expect(report.failed[0]?.failure.reasons[0]).toMatch(
        /^(ending|entity|effect|history|message)/,
      );
      expect(report.failed[0]?.command).toBe(
        `npm run chaos -- host --seed ${report.failed[0]?.seed}`,
      );
    },
    LIMIT_MS,
  );

  test(
    "fails its seed again, and the report for people names what differs and how to repeat it",
    async () => {
      const first = await tryHost(["--seeds", "200", "--stop-after", "1"], "dropped-carry-over");
      const seed = String(first.failed[0]?.seed);

      const again = await runChaos(["host", "--seed", seed], "dropped-carry-over");

      expect(again.code).toBe(1);
      expect(again.stdout).toContain(`Again: npm run chaos -- host --seed ${seed}`);
      expect(again.stdout).toContain("ending expected and not found");
      expect(again.stdout).toContain("the smallest scenario that fails");
    },
    LIMIT_MS,
  );
});

describe("wrong use", () => {
  test.each([
    [[], "there is only 'host'"],
    [["cluster"], "there is only 'host'"],
    [["host", "--seeds", "many"], "--seeds must be a whole number from 1, not 'many'"],
    [["host", "--seed", "0"], "--seed must be a whole number from 1, not '0'"],
    [["host", "--store", "paper"], "'paper' is no store"],
    [["host", "--fast"], "Unknown option '--fast'"],
  ])("%j is refused with a sentence and exit code 2", async (args, sentence) => {
    const { code, stdout, stderr } = await runChaos(args);

    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(sentence);
  });
});
