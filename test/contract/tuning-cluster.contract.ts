import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { tuningManifests, type TuningManifests } from "../../shared/domain/tuning-manifests.ts";
import { trainingConfig } from "../../shared/domain/pipeline/training-config.ts";
import type { TuningCluster } from "../../shared/ports/tuning-cluster.ts";
import { NAMESPACE } from "../support/cluster.ts";
import { eventually } from "../infra/cluster/support/eventually.ts";

export interface TuningClusterSubject {
  readonly cluster: TuningCluster;
  readonly datasetUrl: string;
  readonly registryHost: string;
  readonly dockerConfig: string;
  teardown?(): Promise<void>;
}

/** What KAITO is asked for, for a run of this name. */
export function manifestsOf(
  run: string,
  { datasetUrl, registryHost, dockerConfig }: Omit<TuningClusterSubject, "cluster">,
): TuningManifests {
  const tuning = {
    model: "phi-4-mini-instruct",
    method: "qlora",
    instanceType: "Standard_NC24ads_A100_v4",
  } as const;
  return tuningManifests({
    ...tuning,
    run,
    pipeline: "support",
    namespace: NAMESPACE,
    trainingConfig: trainingConfig(
      { ...tuning, parameters: {}, deadline: 3_600_000 },
      "train.jsonl",
    ),
    datasetUrl,
    outputImage: `${registryHost}/adapters/support:run-${run}`,
    dockerConfig,
  });
}

/** Manifests under the names of one run that carry the label of another. */
function inTheNameOf(name: string, manifests: TuningManifests): TuningManifests {
  const rename = <Manifest extends { metadata: object }>(manifest: Manifest): Manifest => ({
    ...manifest,
    metadata: { ...manifest.metadata, name },
  });
  return {
    run: manifests.run,
    configMap: rename(manifests.configMap),
    secret: rename(manifests.secret),
    workspace: rename(manifests.workspace),
  };
}

/** What every implementation of `TuningCluster` must do. */
export function describeTuningCluster(
  name: string,
  setup: () => Promise<TuningClusterSubject>,
): void {
  describe(`TuningCluster: ${name}`, () => {
    let subject: TuningClusterSubject;
    let cluster: TuningCluster;

    beforeAll(async () => {
      subject = await setup();
      cluster = subject.cluster;
    });

    afterAll(async () => {
      await subject.teardown?.();
    });

    async function gone(run: string): Promise<void> {
      await eventually(
        async () => (await cluster.remove(`rf-${run}`, run)).length === 0,
        `the end of ${run}`,
      );
    }

    test("a preflight of good manifests passes, and creates nothing", async () => {
      await cluster.preflight(manifestsOf("checked-1", subject));

      expect(await cluster.observe("rf-checked-1")).toEqual({});
      expect(await cluster.objects()).toEqual([]);
    });

    test("a preflight tells what admission refuses, without the dataset's address", async () => {
      const datasetUrl = "ftp://files.example/api/datasets/capability/train.jsonl";
      const manifests = manifestsOf("checked-2", { ...subject, datasetUrl });

      const checking = cluster.preflight(manifests);

      await expect(checking).rejects.toMatchObject({
        code: "PIPELINE_INVALID",
        message: expect.stringMatching(/^(?!.*capability).*HTTP or HTTPS/s),
      });
    });

    test("nothing is seen of a tuning that was never created", async () => {
      expect(await cluster.observe("rf-nobody-1")).toEqual({});
      expect(await cluster.trainerLog("rf-nobody-1", 1_000)).toBe("");
      expect(await cluster.containerLog("rf-nobody-1", "pusher", 1_000)).toBe("");
      expect(await cluster.remove("rf-nobody-1", "nobody-1")).toEqual([]);
    });

    test("a tuning that was created is seen, and listed under its run", async () => {
      await cluster.create(manifestsOf("made-1", subject));

      const seen = await cluster.observe("rf-made-1");
      expect(seen.workspace).toMatchObject({ deleting: false });
      expect(Date.parse(seen.workspace?.createdAt ?? "")).toBeGreaterThan(0);
      const made = { name: "rf-made-1", run: "made-1" };
      expect(await cluster.objects()).toMatchObject(
        expect.arrayContaining([
          expect.objectContaining({ kind: "Workspace", ...made }),
          expect.objectContaining({ kind: "ConfigMap", ...made }),
        ]),
      );
      await gone("made-1");
    });

    test("creating twice leaves one tuning", async () => {
      await cluster.create(manifestsOf("twice-1", subject));
      await cluster.create(manifestsOf("twice-1", subject));

      const workspaces = (await cluster.objects()).filter(({ kind }) => kind === "Workspace");
      expect(workspaces).toMatchObject([{ name: "rf-twice-1", run: "twice-1" }]);
      await gone("twice-1");
    });

    test("a tuning of another run is neither taken over nor removed", async () => {
      await cluster.create(manifestsOf("mine-1", subject));
      const foreign = inTheNameOf("rf-mine-1", manifestsOf("thief-1", subject));

      const creating = cluster.create(foreign);

      await expect(creating).rejects.toMatchObject({ code: "WORKSPACE_CHANGED" });
      expect(await cluster.remove("rf-mine-1", "thief-1")).toEqual([]);
      expect((await cluster.observe("rf-mine-1")).workspace).toMatchObject({ deleting: false });
      await gone("mine-1");
    });

    test("a tuning that was removed is gone, and its name is free again", async () => {
      await cluster.create(manifestsOf("again-1", subject));
      await gone("again-1");

      expect(await cluster.observe("rf-again-1")).toEqual({});
      expect(await cluster.objects()).toEqual([]);
      await cluster.create(manifestsOf("again-1", subject));
      expect((await cluster.observe("rf-again-1")).workspace).toBeDefined();
      await gone("again-1");
    });

    test("credentials are renewed where there is a Secret, and nothing happens where there is none", async () => {
      await cluster.create(manifestsOf("renewed-1", subject));

      await cluster.renewPushSecret("rf-renewed-1", '{"auths":{}}');
      await cluster.renewPushSecret("rf-nobody-1", '{"auths":{}}');

      expect(await cluster.observe("rf-nobody-1")).toEqual({});
      await gone("renewed-1");
    });
  });
}
