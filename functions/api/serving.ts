import { type Answer, AskBody, type ServingView } from "../../shared/contracts/http-api.ts";
import { servingWorkspaceName } from "../../shared/domain/names.ts";
import { serves } from "../../shared/domain/serving-state.ts";
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

  const look = async (name: string): Promise<ServingView> => {
    const { serving: wanted } = requireValid(await requirePipeline(pipelines, name));
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
    get: async ({ params }) => look(params["pipeline"] ?? ""),

    ask: async ({ params, body }) => {
      const { question, of } = parseBody(AskBody, body);
      const name = params["pipeline"] ?? "";
      const view = await look(name);
      if (!view.workspace) throw new ApiFailure("CONFLICT", `Nothing serves for ${name} yet`);
      const { tuning } = requireValid(await requirePipeline(pipelines, name));
      const model = of === "base" ? tuning.model : view.service;
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
