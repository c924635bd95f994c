import { createHash } from "node:crypto";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { Quarantine, ReleaseRecord } from "../../shared/domain/version.ts";
import type { VersionClaim, Versions } from "../../shared/ports/versions.ts";

const AT = "2026-07-01T00:00:00.000Z";

export interface VersionsSubject {
  readonly versions: Versions;
  teardown?(): Promise<void>;
}

/** What every implementation of `Versions` must do. */
export function describeVersions(name: string, setup: () => Promise<VersionsSubject>): void {
  describe(`Versions: ${name}`, () => {
    let subject: VersionsSubject;
    let versions: Versions;

    beforeAll(async () => {
      subject = await setup();
      versions = subject.versions;
    });

    afterAll(async () => {
      await subject.teardown?.();
    });

    test("empty tables answer", async () => {
      expect(await versions.find("support", 1)).toBeUndefined();
      expect(await versions.list("support")).toEqual([]);
      expect(await versions.claimed()).toEqual([]);
      expect(await versions.quarantined("support")).toEqual([]);
      expect(await versions.isQuarantined("support", sha256("a"))).toBeUndefined();
      expect(await versions.latestRelease("support")).toBeUndefined();
    });

    test("claim() numbers from 1, each pipeline for itself", async () => {
      await versions.claim(claim("numbered", "a"));
      const second = await versions.claim(claim("numbered", "b"));
      const other = await versions.claim(claim("numbered-too", "a"));

      expect(second).toEqual({
        record: { ...claim("numbered", "b"), version: 2, state: "claimed" },
        isNew: true,
      });
      expect(other).toMatchObject({ record: { version: 1 }, isNew: true });
    });

    test("the same content is the same version, whatever else is new", async () => {
      const first = await versions.claim(claim("same", "a"));
      await versions.claim(claim("same", "b"));

      const pushedAgain = { ...claim("same", "a"), digest: `sha256:${sha256("pushed again")}` };
      const again = await versions.claim(pushedAgain);

      expect(again).toEqual({ record: first.record, isNew: false });
      expect(await versions.list("same")).toHaveLength(2);
    });

    test("8 claims of one content at the same moment are one version", async () => {
      const claims = await Promise.all(
        Array.from({ length: 8 }, async () => versions.claim(claim("raced", "a"))),
      );

      expect(claims.filter((one) => one.isNew)).toHaveLength(1);
      expect(new Set(claims.map((one) => one.record.version))).toEqual(new Set([1]));
      expect(await versions.list("raced")).toHaveLength(1);
    });

    test("8 claims of different contents at the same moment leave no gap", async () => {
      const claims = await Promise.all(
        ["a", "b", "c", "d", "e", "f", "g", "h"].map(async (content) =>
          versions.claim(claim("dense", content)),
        ),
      );

      const numbers = claims.map((one) => one.record.version);
      expect(new Set(numbers)).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8]));
      expect((await versions.list("dense")).map((one) => one.version)).toEqual([
        8, 7, 6, 5, 4, 3, 2, 1,
      ]);
    });

    test("keeps a lineage of 500 blobs, and a size beyond 32 bits", async () => {
      const long = claim("long", "a");
      const blobs = Array.from({ length: 500 }, (_, index) => ({
        container: "datasets",
        name: `support/Größe 数据 🦊 ${index} ${"x".repeat(120)}.jsonl`,
        etag: `0x8D${index}`,
        size: 5_000_000_000,
        sha256: sha256(String(index)),
        rows: index,
      }));
      const full = { ...long, sizeBytes: 6_000_000_000, lineage: { ...long.lineage, blobs } };
      await versions.claim(full);

      expect(await versions.find("long", 1)).toEqual({ ...full, version: 1, state: "claimed" });
    });

    test("activate() completes a version, once or more", async () => {
      const { record } = await versions.claim(claim("active", "a"));
      await versions.claim(claim("active", "b"));

      await Promise.all([versions.activate("active", 1), versions.activate("active", 1)]);
      await versions.activate("active", 1);

      expect(await versions.find("active", 1)).toEqual({ ...record, state: "active" });
      const claimed = (await versions.claimed()).filter((one) => one.pipeline === "active");
      expect(claimed.map((one) => one.version)).toEqual([2]);
    });

    test("activate() of a version that nobody claimed is refused", async () => {
      await expect(versions.activate("nobody", 1)).rejects.toMatchObject({ code: "INTERNAL" });
    });

    test("a quarantined content stays so, for the reason it was put there first", async () => {
      await versions.quarantine("ill", quarantine("a", 1));
      await versions.quarantine("ill", quarantine("b", 2));
      await versions.quarantine("ill", { ...quarantine("a", 1), reason: "another" });

      expect(await versions.isQuarantined("ill", sha256("a"))).toEqual(quarantine("a", 1));
      expect(await versions.isQuarantined("healthy", sha256("a"))).toBeUndefined();
      expect(await versions.quarantined("ill")).toEqual([quarantine("b", 2), quarantine("a", 1)]);
    });

    test("a run releases once, and the newest release is what should serve", async () => {
      const first = await versions.recordRelease(release("served", 1));
      const second = await versions.recordRelease(release("served", 2));

      expect(first).toEqual({ ...release("served", 1), sequence: 1 });
      expect(await versions.recordRelease({ ...release("served", 1), version: 9 })).toEqual(first);
      expect(await versions.latestRelease("served")).toEqual(second);
    });

    test("releases at the same moment are numbered without a gap", async () => {
      const runs = [1, 1, 2, 2, 3, 3];

      const recorded = await Promise.all(
        runs.map(async (run) => versions.recordRelease(release("rushed", run))),
      );

      const sequences = new Map(recorded.map((one) => [one.run, one.sequence]));
      expect(new Set(sequences.values())).toEqual(new Set([1, 2, 3]));
      expect(recorded.map((one) => one.sequence)).toEqual(
        recorded.map((one) => sequences.get(one.run)),
      );
    });
  });
}

export function claim(pipeline: string, content: string): VersionClaim {
  return {
    pipeline,
    repository: "adapters/support",
    digest: `sha256:${sha256(`${pipeline} ${content}`)}`,
    contentHash: sha256(content),
    recipe: sha256(`recipe ${content}`),
    rank: 8,
    sizeBytes: 1_000,
    createdAt: AT,
    lineage: {
      pipeline,
      generation: 1,
      run: `${pipeline}-1`,
      requests: ["0000000000000001"],
      model: "phi-4-mini-instruct",
      method: "qlora",
      instanceType: "Standard_NC24ads_A100_v4",
      manifestSha256: sha256("manifest"),
      datasetSha256: sha256("dataset"),
      rows: 10,
      blobs: [],
      trainingConfigSha256: sha256("config"),
    },
  };
}

function quarantine(content: string, version: number): Quarantine {
  return {
    contentHash: sha256(content),
    version,
    run: `ill-${version}`,
    reason: "it did not answer",
    at: AT,
  };
}

function release(pipeline: string, run: number): Omit<ReleaseRecord, "sequence"> {
  return {
    pipeline,
    run: `${pipeline}-${run}`,
    version: run,
    digest: `sha256:${sha256(String(run))}`,
    workspace: `${pipeline}-blue`,
    strategy: "blueGreen",
    at: AT,
  };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
