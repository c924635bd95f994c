import { DATASET_FILE, pushTag } from "../../shared/domain/names.ts";
import type { Pipeline } from "../../shared/domain/pipeline/pipeline-schema.ts";
import { trainingConfig } from "../../shared/domain/pipeline/training-config.ts";
import { tuningManifests, type TuningManifests } from "../../shared/domain/tuning-manifests.ts";
import type { Adapters } from "../../shared/ports/adapters.ts";
import type { DatasetUrls } from "../../shared/ports/dataset-urls.ts";

export interface TuningDependencies {
  readonly adapters: Adapters;
  readonly urls: DatasetUrls;
  readonly namespace: string;
}

/** What KAITO is asked for, with fresh registry credentials in the Secret. */
export async function planTuning(
  { adapters, urls, namespace }: TuningDependencies,
  run: string,
  pipeline: Pipeline,
): Promise<TuningManifests> {
  const { tuning, adapter, metadata } = pipeline;
  return tuningManifests({
    run,
    pipeline: metadata.name,
    namespace,
    model: tuning.model,
    method: tuning.method,
    instanceType: tuning.instanceType,
    trainingConfig: trainingConfig(tuning, DATASET_FILE),
    datasetUrl: urls.urlFor(run),
    outputImage: adapters.taggedImage(adapter.repository, pushTag(run)),
    dockerConfig: await adapters.dockerConfig(),
  });
}
