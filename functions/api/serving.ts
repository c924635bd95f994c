import { type Answer, AskBody, type ServingView } from "../../shared/contracts/http-api.ts";
import { servingWorkspaceName } from "../../shared/domain/names.ts";
import { serves } from "../../shared/domain/serving-state.ts";
import type { Pipeline } from "../../shared/domain/pipeline/pipeline-schema.ts";
import type { Adapters } from "../../shared/ports/adapters.ts";
import type { Pipelines } from "../../shared/ports/pipelines.ts";
import type { ServingCluster } from "../../shared/ports/serving-cluster.ts";
import type { Versions } from "../../shared/ports/versions.ts";
import { ApiFailure } from "./api-error.ts";
import { type ApiHandler, parseBody } from "./handler.ts";
import { requirePipeline, requireValid } from "./stored-pipeline.ts";

interface Dependencies {
  readonly pipelines: Pipelines;
  readonly versions: Versions;
  readonly serving: ServingCluster;
  readonly adapters: Adapters;
}

interface ServingRoutes {
  readonly get: ApiHandler<ServingView>;
  readonly ask: ApiHandler<Answer>;
}

/** What serves is asked of the cluster: what answers is what is true. */
export function createServingRoutes(dependencies: Dependencies): ServingRoutes {
  const { pipelines, versions, serving, adapters } = dependencies;

  const read = async (name: string) => requireValid(await requirePipeline(pipelines, name));

  const look = async ({ metadata: { name }, serving: wanted }: Pipeline): Promise<ServingView> => {
    const [seen, known, release] = await Promise.all([
      serving.observe(servingWorkspaceName(wanted.name), wanted.name),
      versions.list(name),
      versions.latestRelease(name),
    ]);
    const images = known.map((record) => ({
      ...record,
      image: adapters.image(record.repository, record.digest),
    }));
    return { service: wanted.name, ...serves(seen, images, release) };
  };

  return {
    get: async ({ params }) => look(await read(params["pipeline"] ?? "")),

    ask: async ({ params, body }) => {
      const { question, of } = parseBody(AskBody, body);
      const pipeline = await read(params["pipeline"] ?? "");
      const view = await look(pipeline);
      if (!view.workspace) {
        throw new ApiFailure("CONFLICT", `Nothing serves for ${pipeline.metadata.name} yet`);
      }
      const model = of === "base" ? pipeline.tuning.model : view.service;
      const text = await serving.ask(view.service, model, question);
      return {
        question,
        answer: text,
        model,
        ...(of === "adapter" && view.version !== undefined && { version: view.version }),
      };
    },
  };
}
