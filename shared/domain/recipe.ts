import type { Sha256 } from "./request-id.ts";

/** What makes an adapter: the same recipe makes nothing new. */
export interface Recipe {
  readonly model: string;
  readonly method: string;
  readonly datasetSha256: string;
  readonly trainingConfigSha256: string;
}

export function recipeHash(recipe: Recipe, sha256: Sha256): string {
  const { model, method, datasetSha256, trainingConfigSha256 } = recipe;
  return sha256(["recipe v1", model, method, datasetSha256, trainingConfigSha256].join("\n"));
}
