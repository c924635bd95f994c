import type { RunView, VersionView } from "../../../../shared/contracts/http-api.ts";
import type { RequestRecord } from "../../../../shared/domain/training-request.ts";

const AT = "2026-05-04T03:02:01.000Z";

export function runView(changes: Partial<RunView> = {}): RunView {
  return {
    id: "support-7",
    pipeline: "support",
    sequence: 7,
    generation: 1,
    requests: ["0123456789abcdef"],
    phase: "Tuning",
    createdAt: AT,
    updatedAt: AT,
    phases: [{ phase: "Tuning", at: AT }],
    leftBehind: [],
    ...changes,
  };
}

export function requestRecord(changes: Partial<RequestRecord> = {}): RequestRecord {
  return {
    id: "0123456789abcdef",
    pipeline: "support",
    source: "upload",
    requestedAt: AT,
    datasets: [{ name: "support/a.jsonl", etag: "0x1", size: 10 }],
    requestedBy: "event-grid",
    state: "received",
    ...changes,
  };
}

export function versionView(changes: Partial<VersionView> = {}): VersionView {
  return {
    pipeline: "support",
    version: 3,
    state: "active",
    repository: "adapters/support",
    digest: `sha256:${"d".repeat(64)}`,
    contentHash: "c".repeat(64),
    recipe: "e".repeat(64),
    rank: 8,
    sizeBytes: 1000,
    createdAt: AT,
    lineage: {
      pipeline: "support",
      generation: 1,
      run: "support-7",
      requests: ["0123456789abcdef"],
      model: "phi-4-mini-instruct",
      method: "qlora",
      instanceType: "Standard_NC24ads_A100_v4",
      manifestSha256: "1".repeat(64),
      datasetSha256: "2".repeat(64),
      rows: 40,
      blobs: [
        {
          container: "datasets",
          name: "support/a.jsonl",
          etag: "0x1",
          size: 10,
          sha256: "3".repeat(64),
          rows: 40,
        },
      ],
      trainingConfigSha256: "4".repeat(64),
    },
    image: `registry.example/adapters/support@sha256:${"d".repeat(64)}`,
    serving: true,
    ...changes,
  };
}
