// The composition root: reads the environment and tells the host about every function.
import { app } from "durable-functions";

import { admit } from "../orchestrations/admit.ts";
import { awaitServing } from "../orchestrations/await-serving.ts";
import { awaitTuning } from "../orchestrations/await-tuning.ts";
import { bury } from "../orchestrations/bury.ts";
import { pipelineEntity } from "../orchestrations/pipeline-entity.ts";
import { runPipeline } from "../orchestrations/run-pipeline.ts";
import packageJson from "../package.json" with { type: "json" };
import { loadConfig } from "../shared/config.ts";
import { entityNames, orchestrationNames } from "../shared/contracts/orchestrations.ts";
import { createClients } from "./composition/clients.ts";
import { registerActivities } from "./composition/register-activities.ts";
import { registerApi } from "./composition/register-api.ts";
import { registerTriggers } from "./composition/register-triggers.ts";
import { createDatasetUrls } from "./dataset-urls.ts";

const config = loadConfig(process.env);
const clients = createClients(config);
const urls = createDatasetUrls(config.publicBaseUrl, config.datasetUrlKey);
const now = (): Date => new Date();

app.orchestration(orchestrationNames.admit, admit);
app.orchestration(orchestrationNames.run, runPipeline);
app.orchestration(orchestrationNames.awaitTuning, awaitTuning);
app.orchestration(orchestrationNames.awaitServing, awaitServing);
app.orchestration(orchestrationNames.bury, bury);
app.entity(entityNames.pipeline, pipelineEntity);

registerActivities({ config, clients, urls, now });
registerTriggers({ config, clients, now });
registerApi({ clients, urls, version: packageJson.version, now });
