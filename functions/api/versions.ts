import type { z } from "zod";

import type { VersionList, VersionView } from "../../shared/contracts/http-api.ts";
import type { Adapters } from "../../shared/ports/adapters.ts";
import type { Pipelines } from "../../shared/ports/pipelines.ts";
import type { Versions } from "../../shared/ports/versions.ts";
import { ApiFailure } from "./api-error.ts";
import type { ApiHandler } from "./handler.ts";
import { requirePipeline } from "./stored-pipeline.ts";

interface Dependencies {
  readonly pipelines: Pipelines;
  readonly versions: Versions;
  readonly adapters: Adapters;
}

interface VersionRoutes {
  readonly list: ApiHandler<z.infer<typeof VersionList>>;
  readonly get: ApiHandler<VersionView>;
}

export function createVersionRoutes({
  pipelines,
  versions,
  adapters,
}: Dependencies): VersionRoutes {
  const views = async (pipeline: string): Promise<VersionView[]> => {
    await requirePipeline(pipelines, pipeline);
    const [records, release, quarantined] = await Promise.all([
      versions.list(pipeline),
      versions.latestRelease(pipeline),
      versions.quarantined(pipeline),
    ]);
    return records.map((record) => {
      const quarantine = quarantined.find((entry) => entry.contentHash === record.contentHash);
      return {
        ...record,
        image: adapters.image(record.repository, record.digest),
        serving: release?.version === record.version,
        ...(quarantine && { quarantine }),
      };
    });
  };

  return {
    list: async ({ params }) => ({ versions: await views(params["pipeline"] ?? "") }),

    get: async ({ params }) => {
      const wanted = params["version"]?.replace(/^v/, "");
      const all = await views(params["pipeline"] ?? "");
      const found = all.find(({ version }) => String(version) === wanted);
      if (!found)
        throw new ApiFailure("NOT_FOUND", `There is no version ${params["version"] ?? ""}`);
      return found;
    },
  };
}
