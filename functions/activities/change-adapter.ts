import { isDeepStrictEqual } from "node:util";

import { pullSecretName, servingWorkspaceName } from "../../shared/domain/names.ts";
import type { ServingObservation } from "../../shared/domain/observation.ts";
import { PermanentError } from "../../shared/errors.ts";
import type { ServingCluster } from "../../shared/ports/serving-cluster.ts";

export type SeenWorkspace = NonNullable<ServingObservation["workspace"]>;

/** KAITO writes a few times after a change, and then rests; more than that means trouble. */
const RETRIES = 5;

/**
 * Replaces the adapters of a serving Workspace that was just looked at.
 *
 * KAITO writes annotations and status into the same object, and each write makes it another version.
 * So a refused change is tried again on a new look, as long as nothing a person decides has changed.
 *
 * @returns the Workspace as it was seen last before the change
 * @throws {PermanentError} `WORKSPACE_CHANGED` if the owner or the adapters are others by now
 */
export async function changeAdapter(
  serving: ServingCluster,
  name: string,
  first: SeenWorkspace,
  image: string,
): Promise<SeenWorkspace> {
  const workspace = servingWorkspaceName(name);
  const change = { workspace, name, image, pullSecret: pullSecretName(name) };
  let seen = first;
  for (let retries = 0; ; retries++) {
    try {
      await serving.changeAdapter({ ...change, resourceVersion: seen.resourceVersion });
      return seen;
    } catch (error) {
      if (retries === RETRIES || !isRefusedVersion(error)) throw error;
      const { workspace: present } = await serving.observe(workspace, name);
      // This very activity, run twice at once: the other one was faster.
      if (present && servesOnly(present, image)) return seen;
      if (!present || !isAsSeen(present, first)) throw error;
      seen = present;
    }
  }
}

function isRefusedVersion(error: unknown): boolean {
  return error instanceof PermanentError && error.code === "WORKSPACE_CHANGED";
}

function isAsSeen(present: SeenWorkspace, first: SeenWorkspace): boolean {
  return present.ownedBy === first.ownedBy && isDeepStrictEqual(present.adapters, first.adapters);
}

export function servesOnly({ adapters }: SeenWorkspace, image: string): boolean {
  return adapters.length === 1 && adapters[0]?.image === image;
}
