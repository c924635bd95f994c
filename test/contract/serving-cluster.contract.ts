import { afterAll, beforeAll, describe, expect, test } from "vitest";

import {
  inferenceManifests,
  type InferenceManifests,
} from "../../shared/domain/inference-manifests.ts";
import type { ServingCluster } from "../../shared/ports/serving-cluster.ts";
import { PermanentError } from "../../shared/errors.ts";
import { eventually } from "../infra/cluster/support/eventually.ts";
import { NAMESPACE } from "../support/cluster.ts";

export interface ServingClusterSubject {
  readonly cluster: ServingCluster;
  readonly registryHost: string;
  readonly dockerConfig: string;
  teardown?(): Promise<void>;
}

const DIGEST_1 = `sha256:${"1".repeat(64)}`;
const DIGEST_2 = `sha256:${"2".repeat(64)}`;

/** What KAITO is asked to serve under this name. */
export function servingManifests(
  serving: string,
  image: string,
  dockerConfig: string,
  pipeline = "support",
): InferenceManifests {
  return inferenceManifests({
    pipeline,
    serving,
    namespace: NAMESPACE,
    model: "phi-4-mini-instruct",
    instanceType: "Standard_NC24ads_A100_v4",
    image,
    dockerConfig,
  });
}

/** What every implementation of `ServingCluster` must do. */
export function describeServingCluster(
  name: string,
  setup: () => Promise<ServingClusterSubject>,
): void {
  describe(`ServingCluster: ${name}`, () => {
    let subject: ServingClusterSubject;
    let cluster: ServingCluster;

    beforeAll(async () => {
      subject = await setup();
      cluster = subject.cluster;
    });

    afterAll(async () => {
      await subject.teardown?.();
    });

    function image(digest: string): string {
      return `${subject.registryHost}/adapters/support@${digest}`;
    }

    function make(serving: string, pipeline?: string): Promise<void> {
      const manifests = servingManifests(serving, image(DIGEST_1), subject.dockerConfig, pipeline);
      return cluster.create(manifests);
    }

    /** KAITO writes annotations and status meanwhile, so it may take more than one try. */
    async function change(serving: string, digest: string): Promise<void> {
      await eventually(async () => {
        const { workspace } = await cluster.observe(`${serving}-blue`, serving);
        const adapter = { name: serving, image: image(digest), pullSecret: `${serving}-pull` };
        const { resourceVersion = "" } = workspace ?? {};
        return cluster
          .changeAdapter({ workspace: `${serving}-blue`, ...adapter, resourceVersion })
          .then(() => true, isChanged);
      }, `the change of ${serving}`);
    }

    test("nothing is seen of what was never created", async () => {
      expect(await cluster.observe("nobody-blue", "nobody")).toEqual({ pods: [] });
    });

    test("what was created is seen with its owner, its model, its adapter and its Service", async () => {
      await make("made");

      const { workspace, service } = await cluster.observe("made-blue", "made");
      expect(workspace).toMatchObject({
        ownedBy: "support",
        preset: "phi-4-mini-instruct",
        instanceType: "Standard_NC24ads_A100_v4",
        adapters: [{ name: "made", image: image(DIGEST_1) }],
      });
      expect(service).toMatchObject({ selects: "made-blue" });
    });

    test("creating twice leaves the first", async () => {
      await make("twice");
      await change("twice", DIGEST_2);

      await make("twice");

      const { workspace } = await cluster.observe("twice-blue", "twice");
      expect(workspace?.adapters).toEqual([{ name: "twice", image: image(DIGEST_2) }]);
    });

    test("what serves for another pipeline is not taken over", async () => {
      await make("theirs", "sales");

      await expect(make("theirs")).rejects.toMatchObject({ code: "WORKSPACE_CHANGED" });
      const { workspace } = await cluster.observe("theirs-blue", "theirs");
      expect(workspace?.ownedBy).toBe("sales");
    });

    test("a change replaces the adapters", async () => {
      await make("changed");

      await change("changed", DIGEST_2);

      const { workspace } = await cluster.observe("changed-blue", "changed");
      expect(workspace?.adapters).toEqual([{ name: "changed", image: image(DIGEST_2) }]);
    });

    test("a change of a Workspace that is another by now is refused", async () => {
      await make("raced");
      const before = await cluster.observe("raced-blue", "raced");
      await change("raced", DIGEST_2);

      const changing = cluster.changeAdapter({
        workspace: "raced-blue",
        name: "raced",
        image: image(DIGEST_1),
        pullSecret: "raced-pull",
        resourceVersion: before.workspace?.resourceVersion ?? "",
      });

      await expect(changing).rejects.toMatchObject({ code: "WORKSPACE_CHANGED" });
      const { workspace } = await cluster.observe("raced-blue", "raced");
      expect(workspace?.adapters).toEqual([{ name: "raced", image: image(DIGEST_2) }]);
    });

    test("a change of a Workspace that is gone is refused", async () => {
      const changing = cluster.changeAdapter({
        workspace: "nobody-blue",
        name: "nobody",
        image: image(DIGEST_1),
        pullSecret: "nobody-pull",
        resourceVersion: "1",
      });

      await expect(changing).rejects.toMatchObject({ code: "WORKSPACE_CHANGED" });
    });

    test("credentials are renewed where there is a Secret, and nothing happens where there is none", async () => {
      await make("renewed");

      await cluster.renewPullSecret("renewed-pull", '{"auths":{}}');
      await cluster.renewPullSecret("nobody-pull", '{"auths":{}}');

      expect(await cluster.observe("nobody-blue", "nobody")).toEqual({ pods: [] });
    });

    test("where nothing answers, asking later may help", async () => {
      const later = { code: "CLUSTER_UNAVAILABLE" };

      await expect(cluster.models("nobody")).rejects.toMatchObject(later);
      await expect(cluster.ask("nobody", "nobody", "Hello")).rejects.toMatchObject(later);
    });
  });
}

function isChanged(error: unknown): false {
  if (error instanceof PermanentError && error.code === "WORKSPACE_CHANGED") return false;
  throw error;
}
