import type { V1Container, V1PodSpec } from "@kubernetes/client-node";

import { commandOf } from "./program.ts";

export interface PullerArguments {
  readonly image: string;
  /** Where the image's `/data` goes in the pod. */
  readonly directory: string;
}

/** What KAITO wrote into the script of a puller (kaito: pkg/workspace/image/puller.sh). */
export function readPullerArguments(spec: V1Container): PullerArguments | undefined {
  const script = commandOf(spec);
  const image = /\bIMG_REF='([^']+)'/.exec(script)?.[1];
  const directory = /\bVOL_DIR='([^']+)'/.exec(script)?.[1];
  return image !== undefined && directory !== undefined ? { image, directory } : undefined;
}

/** The adapter images of a pod, as its pullers name them. */
export function adapterImagesOf(spec: V1PodSpec): readonly string[] {
  return (spec.initContainers ?? [])
    .filter(({ name }) => name.startsWith("puller-"))
    .flatMap((container) => readPullerArguments(container)?.image ?? []);
}
