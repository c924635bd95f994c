import { app, type HttpMethod, type HttpRequest, type InvocationContext } from "@azure/functions";
import { getClient, input } from "durable-functions";

import { type RouteName, routes } from "../../shared/contracts/http-api.ts";
import type { DatasetUrls } from "../../shared/ports/dataset-urls.ts";
import type { Engine } from "../../shared/ports/engine.ts";
import { answer, type ApiHandler, type ApiRequest } from "../api/handler.ts";
import { createDurableEngine } from "../triggers/durable-engine.ts";
import type { Clients } from "./clients.ts";
import { lazily } from "./lazily.ts";

interface Composition {
  readonly clients: Clients;
  readonly urls: DatasetUrls;
  readonly version: string;
  readonly now: () => Date;
}

type Load<Answer> = () => Promise<ApiHandler<Answer>>;

/** Every route needs the app's key but health; the code behind it is loaded at its first request. */
function register<Answer>(name: RouteName, load: Load<Answer>): void {
  const { method, path } = routes[name];
  app.http(name, {
    methods: [method satisfies HttpMethod],
    route: path,
    authLevel: name === "health" ? "anonymous" : "function",
    handler: async (request, context) => answer(await load(), request, context),
  });
}

export function registerApi(composition: Composition): void {
  registerPipelines(composition);
  registerRuns(composition);
  registerServing(composition);
  registerOthers(composition);
}

function registerPipelines({ clients, now }: Composition): void {
  const pipelines = lazily(async () => {
    const { createPipelineRoutes } = await import("../api/pipelines.ts");
    return createPipelineRoutes({
      pipelines: await clients.pipelines(),
      versions: await clients.versions(),
      uploads: await clients.uploads(),
      now,
    });
  });
  register("listPipelines", async () => (await pipelines()).list);
  register("getPipeline", async () => (await pipelines()).get);
  register("applyPipeline", async () => (await pipelines()).apply);
  register("createUpload", async () => (await pipelines()).createUpload);
}

function registerRuns({ clients, now }: Composition): void {
  const runs = lazily(async () => {
    const { createRunRoutes } = await import("../api/runs.ts");
    return createRunRoutes({ runs: await clients.runs(), now });
  });
  register("listRuns", async () => (await runs()).list);
  register("getRun", async () => (await runs()).get);

  const { method, path } = routes.cancelRun;
  app.http("cancelRun", {
    methods: [method],
    route: path,
    authLevel: "function",
    extraInputs: [input.durableClient()],
    handler: async (request: HttpRequest, context: InvocationContext) => {
      const engine: Engine = createDurableEngine(getClient(context));
      const { cancel } = await runs();
      return answer((given: ApiRequest) => cancel(given, engine), request, context);
    },
  });

  const requests = lazily(async () => {
    const { createRequestRoutes } = await import("../api/requests.ts");
    return createRequestRoutes(await clients.requests());
  });
  register("listRequests", async () => (await requests()).list);
  register("getRequest", async () => (await requests()).get);
}

function registerServing({ clients }: Composition): void {
  const serving = lazily(async () => {
    const { createServingRoutes } = await import("../api/serving.ts");
    return createServingRoutes({
      pipelines: await clients.pipelines(),
      versions: await clients.versions(),
      serving: await clients.serving(),
      adapters: await clients.adapters(),
    });
  });
  register("getServing", async () => (await serving()).get);
  register("ask", async () => (await serving()).ask);

  const versions = lazily(async () => {
    const { createVersionRoutes } = await import("../api/versions.ts");
    return createVersionRoutes({
      pipelines: await clients.pipelines(),
      versions: await clients.versions(),
      adapters: await clients.adapters(),
    });
  });
  register("listVersions", async () => (await versions()).list);
  register("getVersion", async () => (await versions()).get);
}

function registerOthers({ clients, urls, version, now }: Composition): void {
  register("health", () => Promise.resolve(() => Promise.resolve({ status: "ok", version })));

  app.http("openapi", {
    methods: ["GET"],
    route: "openapi.json",
    authLevel: "function",
    handler: async () => {
      const { openApiDocument } = await import("../api/openapi.ts");
      return { jsonBody: openApiDocument(version) };
    },
  });

  const redirect = lazily(async () => {
    const { createDatasetRedirect } = await import("../api/dataset-redirect.ts");
    return createDatasetRedirect({
      runs: await clients.runs(),
      files: await clients.runFiles(),
      urls,
      now,
    });
  });
  // Anonymous, because a training pod has no key: the capability in the path is the key.
  app.http("datasetRedirect", {
    methods: ["GET", "HEAD"],
    route: "datasets/{capability}/{file}",
    authLevel: "anonymous",
    handler: async ({ params }) =>
      (await redirect())(params["capability"] ?? "", params["file"] ?? ""),
  });
}
