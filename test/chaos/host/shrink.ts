import type { Program, Step } from "./program.ts";
import type { Root, Scenario } from "./scenario.ts";

/** Each of them runs twice: enough for the scenarios there are, and over in seconds. */
const MOST_TRIES = 150;

/** Leaves out what is not needed for a scenario to fail. */
export async function shrink(
  scenario: Scenario,
  fails: (candidate: Scenario) => Promise<boolean>,
): Promise<Scenario> {
  let smallest = scenario;
  let tries = 0;
  for (;;) {
    let next: Scenario | undefined;
    for (const candidate of smallerThan(smallest)) {
      tries += 1;
      if (tries > MOST_TRIES) return smallest;
      if (!(await fails(candidate))) continue;
      next = candidate;
      break;
    }
    if (!next) return smallest;
    smallest = next;
  }
}

function* smallerThan(scenario: Scenario): Generator<Scenario> {
  const { roots, signals } = scenario;
  if (roots.length > 1) {
    for (const root of roots) yield { ...scenario, roots: roots.filter((other) => other !== root) };
  }
  for (const signal of signals) {
    yield { ...scenario, signals: signals.filter((other) => other !== signal) };
  }
  for (const root of roots) {
    for (const smaller of smallerRoots(root)) {
      yield { ...scenario, roots: roots.map((other) => (other === root ? smaller : other)) };
    }
  }
}

function* smallerRoots(root: Root): Generator<Root> {
  if (root.suspension) yield { ...root, suspension: undefined };
  // What is terminated must have something left to do.
  const kept = root.terminatesAtMinute === undefined ? 0 : 1;
  for (const program of smallerPrograms(root.program, kept)) yield { ...root, program };
}

function* smallerPrograms(program: Program, keptSteps = 0): Generator<Program> {
  const { steps, rounds } = program;
  if (rounds > 1) yield { ...program, rounds: rounds - 1 };
  for (const step of steps.slice(0, steps.length - keptSteps)) {
    yield { ...program, steps: steps.filter((other) => other !== step) };
  }
  for (const step of steps) {
    for (const smaller of smallerSteps(step)) {
      yield { ...program, steps: steps.map((other) => (other === step ? smaller : other)) };
    }
  }
}

function* smallerSteps(step: Step): Generator<Step> {
  if (step.do === "sub") {
    for (const program of smallerPrograms(step.program)) yield { ...step, program };
  }
  if ((step.do === "all" || step.do === "any") && step.of.length > 1) {
    for (const work of step.of) yield { ...step, of: step.of.filter((other) => other !== work) };
  }
}
