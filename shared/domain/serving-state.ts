import type { ServingObservation } from "./observation.ts";
import type { ReleaseRecord } from "./version.ts";

/** A version with the image under which the cluster knows it. */
export interface DeployedVersion {
  readonly version: number;
  readonly digest: string;
  readonly image: string;
}

export interface ServingState {
  readonly workspace?: string;
  readonly version?: number;
  readonly digest?: string;
  readonly ready: boolean;
  /** How the cluster differs from the last release, in a sentence. It is reported, never changed. */
  readonly drift?: string;
}

/** What serves, by what stands in the cluster. */
export function serves(
  seen: ServingObservation,
  known: readonly DeployedVersion[],
  release: ReleaseRecord | undefined,
): ServingState {
  const { workspace, service } = seen;
  if (!workspace) {
    return release
      ? { ready: false, drift: `v${release.version} was released, and its Workspace is gone` }
      : { ready: false };
  }

  const [adapter] = workspace.adapters;
  const version = known.find(({ image }) => image === adapter?.image);
  const drift = driftOf(version?.version, adapter?.image, release);
  return {
    ready: workspace.conditions.some((c) => c.type === "InferenceReady" && c.status === "True"),
    ...(service?.selects !== undefined && { workspace: service.selects }),
    ...(version && { version: version.version, digest: version.digest }),
    ...(drift !== undefined && { drift }),
  };
}

function driftOf(
  version: number | undefined,
  image: string | undefined,
  release: ReleaseRecord | undefined,
): string | undefined {
  if (release === undefined || version === release.version) return undefined;
  const found = version === undefined ? (image ?? "no adapter") : `v${version}`;
  return `v${release.version} was released, and ${found} is in the Workspace`;
}
