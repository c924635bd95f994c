import { pullSecretName } from "../../shared/domain/names.ts";
import { parsePipeline } from "../../shared/domain/pipeline/parse-pipeline.ts";
import type { Adapters } from "../../shared/ports/adapters.ts";
import type { Pipelines } from "../../shared/ports/pipelines.ts";
import type { ServingCluster } from "../../shared/ports/serving-cluster.ts";
import type { Versions } from "../../shared/ports/versions.ts";

interface Dependencies {
  readonly pipelines: Pipelines;
  readonly versions: Versions;
  readonly adapters: Adapters;
  readonly serving: ServingCluster;
}

/**
 * Puts fresh registry credentials beside every model that serves: a pod that is moved to another node
 * pulls its adapter again, and the token of the last rollout lives for about three hours.
 *
 * @returns the services for which it failed, with the reason: one of them must not keep the others from theirs
 */
export function createRenewPullSecrets({
  pipelines,
  versions,
  adapters,
  serving,
}: Dependencies): () => Promise<readonly string[]> {
  return async () => {
    const failed: string[] = [];
    for (const { name, yaml } of await pipelines.list()) {
      const parsed = parsePipeline(yaml, { file: name });
      if (!parsed.ok || !(await versions.latestRelease(name))) continue;
      const service = parsed.pipeline.serving.name;
      try {
        await serving.renewPullSecret(pullSecretName(service), await adapters.dockerConfig());
      } catch (error) {
        failed.push(`${service}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return failed;
  };
}
