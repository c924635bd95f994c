import type { RunView } from "../shared/contracts/http-api.ts";
import type { AnswerPair } from "../shared/domain/run.ts";
import { facts } from "./output.ts";

const BAR_WIDTH = 24;
const LOSS_DIGITS = 4;

/** `support-7  Tuning  training  [#####-----] 42%  loss 0.31` */
export function progressLine({ id, phase, progress }: RunView): string {
  const { stage, percent, loss } = progress ?? {};
  return [
    id,
    phase,
    stage,
    percent === undefined ? undefined : `${bar(percent)} ${Math.round(percent)}%`,
    loss === undefined ? undefined : `loss ${Number(loss.toPrecision(LOSS_DIGITS))}`,
  ]
    .filter((part) => part !== undefined)
    .join("  ");
}

function bar(percent: number): string {
  const full = Math.round((percent / 100) * BAR_WIDTH);
  return `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}]`;
}

/** Everything that a person wants to know of a run. */
export function describeRun(run: RunView): string {
  const details = (run.failure?.details ?? []).map((line) => `  ${line}`);
  const answers = (run.answers ?? []).map((pair) => describeAnswers(pair));
  return [
    facts([...stateOf(run), ...costOf(run)]),
    ...details,
    ...phaseLines(run),
    ...answers,
  ].join("\n");
}

type Fact = readonly [string, string | undefined];

function stateOf({ id, phase, note, failure, progress, ...run }: RunView): Fact[] {
  return [
    ["run", id],
    ["phase", phase],
    ["why", note ?? (failure && `${failure.code}: ${failure.message}`)],
    ["progress", progress?.stage],
    [
      "cancel",
      run.cancelRequestedAt &&
        `asked by ${run.cancelRequestedBy ?? "unknown"} at ${run.cancelRequestedAt}`,
    ],
    ["version", run.version === undefined ? undefined : `v${run.version}`],
    ["digest", run.digest],
    ["data", run.datasetSha256 && `${run.rows ?? "?"} rows, sha256 ${run.datasetSha256}`],
  ];
}

function costOf({
  createdAt,
  endedAt,
  gpuSeconds,
  servingGapSeconds,
  leftBehind,
}: RunView): Fact[] {
  return [
    ["began", createdAt],
    ["ended", endedAt],
    ["GPU", gpuSeconds === undefined ? undefined : `${gpuSeconds} s of a node for tuning`],
    [
      "gap",
      servingGapSeconds === undefined ? undefined : `${servingGapSeconds} s without an answer`,
    ],
    ["left behind", leftBehind.length > 0 ? leftBehind.join(", ") : "nothing"],
  ];
}

function phaseLines({ phases }: RunView): string[] {
  return phases.slice(0, -1).map(({ phase, at }, index) => {
    const end = phases[index + 1]?.at ?? at;
    return `  ${phase.padEnd(12)} ${((Date.parse(end) - Date.parse(at)) / 1000).toFixed(1)} s`;
  });
}

export function describeAnswers({ question, before, after }: AnswerPair): string {
  return [
    "",
    `? ${question}`,
    `  before: ${before ?? "(nothing served)"}`,
    `  after:  ${after ?? "(not asked)"}`,
  ].join("\n");
}
