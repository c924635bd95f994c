import { START } from "../../support/run-orchestration.ts";

export const MINUTE_MS = 60_000;

export const limits = {
  pollIntervalMs: 10_000,
  tuningDeadlineMs: 60 * MINUTE_MS,
  capacityTimeoutMs: 5 * MINUTE_MS,
  imagePullGraceMs: MINUTE_MS,
  unreachableLimitMs: 2 * MINUTE_MS,
  rolloutTimeoutMs: 60 * MINUTE_MS,
  crashLoopGraceMs: MINUTE_MS,
};

export const wait = {
  run: "support-7",
  limits,
  startedAt: START,
  deadlineAt: START + 60 * MINUTE_MS,
  timeout: { code: "TUNING_TIMEOUT", message: "too late" },
  credentialsRenewedAt: START,
};
