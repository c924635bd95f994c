import { Option } from "commander";

import { UsageError } from "../../program/usage-error.ts";
import { CRASH_POINT_SYNTAX, createCrashPoints, killProcess } from "./crash-points.ts";
import { createFaultRules, FAULT_SYNTAX } from "./fault-rules.ts";
import type { Faults } from "../durable/faults.ts";
import { allFaults, createRandomFaults } from "./random-faults.ts";

/** What the command line says about faults. */
export interface FaultOptions {
  readonly crashAt: readonly string[];
  readonly fault: readonly string[];
  /** 0: none. */
  readonly chaos: number;
  readonly seed?: number;
}

export function faultOptions(): Option[] {
  return [
    new Option(
      "--crash-at <point>",
      `kill this process there, for tests; may be repeated: ${CRASH_POINT_SYNTAX}`,
    )
      .default([])
      .argParser(append),
    new Option("--fault <fault>", `make one go wrong, for tests; may be repeated: ${FAULT_SYNTAX}`)
      .default([])
      .argParser(append),
    new Option(
      "--chaos <likelihood>",
      "crashes, failures, repetitions and delays by chance, each as likely as that (0 to 1); --seed gives the same ones again",
    )
      .default(0)
      .argParser(likelihood),
  ];
}

/** Crashes are rarer than the rest, or nothing would get anywhere. */
const CRASHES_AMONG_FAULTS = 0.1;
const MAX_DELAY_MS = 2000;

/** @throws {UsageError} if a fault is written differently */
export function createFaults({ crashAt, fault, chaos, seed }: FaultOptions): Faults {
  const named = [createCrashPoints(crashAt), createFaultRules(fault)];
  if (chaos === 0) return allFaults(named);
  const random = createRandomFaults({
    seed: seed ?? Date.now(),
    crash: chaos * CRASHES_AMONG_FAULTS,
    fail: chaos,
    hang: 0,
    twice: chaos,
    delay: chaos,
    maxDelayMs: MAX_DELAY_MS,
    onCrash: killProcess,
  });
  return allFaults([...named, random]);
}

export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new UsageError(`'${text}' is not a seed: use a whole number from 0.`);
  }
  return number;
}

function likelihood(text: string): number {
  const number = Number(text);
  if (text === "" || !(number >= 0 && number <= 1)) {
    throw new UsageError(`'${text}' is not a likelihood: use a number from 0 to 1.`);
  }
  return number;
}

function append(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}
