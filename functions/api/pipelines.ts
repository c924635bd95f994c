import type { z } from "zod";

import {
  type Applied,
  type PipelineDocument,
  type PipelineList,
  type PipelineSummary,
  UploadBody,
  type UploadTarget,
} from "../../shared/contracts/http-api.ts";
import { datasetFormat } from "../../shared/domain/dataset/dataset-format.ts";
import { parsePipeline } from "../../shared/domain/pipeline/parse-pipeline.ts";
import type { Pipeline } from "../../shared/domain/pipeline/pipeline-schema.ts";
import type { Pipelines, StoredPipeline } from "../../shared/ports/pipelines.ts";
import type { Uploads } from "../../shared/ports/uploads.ts";
import type { Versions } from "../../shared/ports/versions.ts";
import { ApiFailure } from "./api-error.ts";
import { invalidPipeline } from "./invalid-pipeline.ts";
import { requirePipeline, requireValid } from "./stored-pipeline.ts";
import { type ApiHandler, parseBody } from "./handler.ts";

interface Dependencies {
  readonly pipelines: Pipelines;
  readonly versions: Versions;
  readonly uploads: Uploads;
  readonly now: () => Date;
}

interface PipelineRoutes {
  readonly list: ApiHandler<z.infer<typeof PipelineList>>;
  readonly get: ApiHandler<z.infer<typeof PipelineDocument>>;
  readonly apply: ApiHandler<Applied>;
  readonly createUpload: ApiHandler<UploadTarget>;
}

/** Long enough for a large file on a slow line. */
const UPLOAD_URL_MS = 60 * 60 * 1000;

export function createPipelineRoutes({
  pipelines,
  versions,
  uploads,
  now,
}: Dependencies): PipelineRoutes {
  const summarise = async (stored: StoredPipeline, of: Pipeline): Promise<PipelineSummary> => {
    const { metadata, dataset, tuning, serving } = of;
    const release = await versions.latestRelease(stored.name);
    return {
      name: metadata.name,
      generation: stored.generation,
      updatedAt: stored.updatedAt,
      model: tuning.model,
      watches: `${dataset.container}/${dataset.prefix}`,
      serving: serving.name,
      ...(release && { version: release.version }),
    };
  };

  return {
    list: async () => {
      const valid = validOnes(await pipelines.list());
      return { pipelines: await Promise.all(valid.map(([stored, of]) => summarise(stored, of))) };
    },

    get: async ({ params }) => {
      const stored = await requirePipeline(pipelines, params["pipeline"]);
      return { ...(await summarise(stored, requireValid(stored))), yaml: stored.yaml };
    },

    apply: async ({ params, body }) => {
      const parsed = parsePipeline(body, { file: "the document" });
      if (!parsed.ok) throw invalidPipeline(parsed.problems);
      const { name } = parsed.pipeline.metadata;
      if (name !== params["pipeline"]) {
        throw new ApiFailure(
          "INVALID",
          `The document is of ${name}, the route of ${params["pipeline"]}`,
        );
      }
      refuseShared(parsed.pipeline, validOnes(await pipelines.list()));
      const { generation, changed } = await pipelines.apply(name, body);
      return { name, generation, changed };
    },

    createUpload: async ({ params, body }) => {
      const { name } = parseBody(UploadBody, body);
      const { dataset } = requireValid(await requirePipeline(pipelines, params["pipeline"]));
      const format = datasetFormat(name);
      if (!format.ok) throw new ApiFailure("UNSUPPORTED", `${name}: ${format.message}`);
      return uploadTarget(uploads, dataset, name, new Date(now().getTime() + UPLOAD_URL_MS));
    },
  };
}

async function uploadTarget(
  uploads: Uploads,
  { container, prefix }: Pipeline["dataset"],
  name: string,
  expiresAt: Date,
): Promise<UploadTarget> {
  const blob = `${prefix}${name}`;
  return {
    method: "PUT",
    url: await uploads.writeUrl(container, blob, expiresAt),
    headers: { "x-ms-blob-type": "BlockBlob" },
    container,
    blob,
    expiresAt: expiresAt.toISOString(),
  };
}

/**
 * Without documents that are not valid: somebody wrote them by hand, `apply` refuses them. One of them
 * must not hide the others; asked for by its name, it says what is wrong with it.
 */
function validOnes(all: readonly StoredPipeline[]): (readonly [StoredPipeline, Pipeline])[] {
  return all.flatMap((stored) => {
    const parsed = parsePipeline(stored.yaml, { file: stored.name });
    return parsed.ok ? [[stored, parsed.pipeline] as const] : [];
  });
}

/** Two pipelines would fight over one tag or one Workspace, and only after a GPU has been paid for. */
function refuseShared(
  { metadata, adapter, serving }: Pipeline,
  all: readonly (readonly [StoredPipeline, Pipeline])[],
): void {
  for (const [{ name }, other] of all) {
    if (name === metadata.name) continue;
    const shared = [
      ...(other.adapter.repository === adapter.repository
        ? [`adapter.repository ${adapter.repository}`]
        : []),
      ...(other.serving.name === serving.name ? [`serving.name ${serving.name}`] : []),
    ];
    if (shared.length === 0) continue;
    throw new ApiFailure("CONFLICT", `Pipeline ${name} has the same ${shared.join(" and ")}`);
  }
}
