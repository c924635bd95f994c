import { buildApp } from "../../../infra/build.ts";

/** Once for all files: every stack runs the same bundle, as it is deployed. */
export async function setup(): Promise<void> {
  await buildApp();
}
