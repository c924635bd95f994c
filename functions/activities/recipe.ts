import { DATASET_FILE } from "../../shared/domain/names.ts";
import type { Pipeline } from "../../shared/domain/pipeline/pipeline-schema.ts";
import { trainingConfig } from "../../shared/domain/pipeline/training-config.ts";
import { recipeHash } from "../../shared/domain/recipe.ts";
import { sha256 } from "../sha256.ts";

/** What an adapter is made of, as one hash, and the part of it that a version's lineage names. */
export function recipeOf(
  { tuning }: Pipeline,
  datasetSha256: string,
): { readonly hash: string; readonly trainingConfigSha256: string } {
  const { model, method } = tuning;
  const trainingConfigSha256 = sha256(trainingConfig(tuning, DATASET_FILE));
  const hash = recipeHash({ model, method, datasetSha256, trainingConfigSha256 }, sha256);
  return { hash, trainingConfigSha256 };
}
