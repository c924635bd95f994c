import { runPipeline } from "../../../orchestrations/run-pipeline.ts";
import { ok, runOrchestration } from "../../support/run-orchestration.ts";

export const limits = {
  pollIntervalMs: 1000,
  tuningDeadlineMs: 60_000,
  capacityTimeoutMs: 10_000,
  imagePullGraceMs: 10_000,
  unreachableLimitMs: 10_000,
  rolloutTimeoutMs: 120_000,
  crashLoopGraceMs: 10_000,
};
const adapter = {
  digest: `sha256:${"a".repeat(64)}`,
  contentHash: "c",
  rank: 8,
  sizeBytes: 10,
};

type Answers = Record<string, (input: never) => unknown>;

const happyPath: Answers = {
  beginRun: () => ok({ nothingToDo: false, limits }),
  enterPhase: () => ok({ cancelRequested: false }),
  freezeDataset: () => ok({ blobs: 1 }),
  prepareDataset: () => ok({ rows: 20, datasetSha256: "d" }),
  preflight: () => ok(),
  startTuning: () => ok(),
  awaitTuning: () => ok("settled"),
  saveTuningLog: () => ok({ trainer: ["Fine-Tuning completed"], pusher: ["Digest: x"] }),
  verifyAdapter: () => ok(adapter),
  claimVersion: () => ok({ version: 2, isNew: true }),
  publishVersion: () => ok(),
  removeTuning: () => ok({ remaining: [] }),
  askBefore: () => ok({ asked: 1, workspace: "support-blue", version: 1 }),
  startRollout: () => ok({ action: "changed", oldHash: "h1" }),
  awaitServing: () => ok("settled"),
  verifyServing: () => ok(),
  recordRelease: () => ok(),
  quarantineVersion: () => ok(),
  endRun: () => ok(),
  readSequence: () => ok({ highestSequence: 7 }),
  "pipeline.finished": () => ({}),
};

/** Runs the pipeline with every step going well, but for those that are given. */
export function run(answers: Answers = {}, wakes: number[] = []) {
  return runOrchestration(runPipeline, {
    input: { run: "support-7" },
    answers: { ...happyPath, ...answers },
    wakes,
  });
}

/** What the run was told to end with. */
export function endOf({ commands }: Awaited<ReturnType<typeof run>>): unknown {
  return commands.flatMap((c) =>
    c.kind === "activity" && c.name === "endRun" ? [c.input] : [],
  )[0];
}
