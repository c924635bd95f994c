// Names of everything that is made outside: derived from the run, so that a second try finds the first.

export const LABELS = {
  role: "rollforward.dev/role",
  run: "rollforward.dev/run",
  pipeline: "rollforward.dev/pipeline",
  namespace: "rollforward.dev/namespace",
} as const;

export const TUNING_ROLE = "tuning";
export const SERVING_ROLE = "serving";

/** Workspace, ConfigMap and Secret of a run's tuning. At most 43 characters: KAITO allows 52. */
export function tuningName(run: string): string {
  return `rf-${run}`;
}

/** Tag under which KAITO pushes; one for each run, because it overwrites silently. */
export function pushTag(run: string): string {
  return `run-${run}`;
}

/** Tag of a version in the registry: locked, and for people; deployment goes by digest. */
export function versionTag(version: number): string {
  return `v${version}`;
}

/** `inPlace` serves from the blue Workspace; green is for the strategies with two. */
export function servingWorkspaceName(serving: string): string {
  return `${serving}-blue`;
}

export function pullSecretName(serving: string): string {
  return `${serving}-pull`;
}

/** Name of the merged dataset: one extension word only, because KAITO looks for it in the name. */
export const DATASET_FILE = "train.jsonl";

export const runFileNames = {
  manifest: "manifest.json",
  dataset: DATASET_FILE,
  pipeline: "pipeline.json",
  frozen: "frozen.json",
  trainerLog: "trainer.log",
  answers: "answers.json",
} as const;

/** Media type of the lineage document that is attached to a version's image. */
export const LINEAGE_TYPE = "application/vnd.rollforward.lineage.v1+json";

export const requestInstance = (pipeline: string, request: string): string =>
  `admit-${pipeline}-${request}`;
export const buryInstance = (run: string): string => `bury-${run}`;
