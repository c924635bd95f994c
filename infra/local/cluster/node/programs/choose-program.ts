import type { V1Container } from "@kubernetes/client-node";

import { downloadData } from "./data-downloader.ts";
import { runModelServer } from "./model-server/run-model-server.ts";
import { runPause } from "./pause.ts";
import { commandOf, type Program } from "./program.ts";
import { pullAdapter } from "./puller.ts";
import { pushAdapter } from "./pusher.ts";
import { train } from "./trainer/train.ts";
import { downloadWeights } from "./weights-downloader.ts";

/** kaito: the container names of pkg/workspace/manifests/manifests.go and tuning/preset_tuning.go. */
const BY_NAME: Readonly<Record<string, Program>> = {
  "model-weights-downloader": downloadWeights,
  "data-downloader": downloadData,
  pusher: pushAdapter,
  pause: runPause,
};

/** The program behind a container that KAITO made; undefined for any other. */
export function chooseProgram(spec: V1Container): Program | undefined {
  if (Object.hasOwn(BY_NAME, spec.name)) return BY_NAME[spec.name];
  const command = commandOf(spec);
  // Main containers are named after the Workspace, so only the command tells them apart.
  if (command.includes("fine_tuning.py")) return train;
  if (command.includes("inference_api.py")) return runModelServer;
  if (/^puller(-|$)/.test(spec.name) && command.includes("skopeo")) return pullAdapter;
  return undefined;
}
