import { commandOf, EXIT_OK, type ProgramContext } from "./program.ts";

/** Stands for `oras pull` of the base model: nothing is downloaded, and the log says so. */
export async function downloadWeights(context: ProgramContext): Promise<typeof EXIT_OK> {
  const { busy, log, signal, spec, timings } = context;
  const reference = /(\S*kaito-\S+)/.exec(commandOf(spec))?.[1] ?? "the base model";
  log.line(`[stand-in] the weights of ${reference} are not downloaded: no model runs here`);
  await busy.delay(timings.weightsDownload, { signal });
  log.line(`[stand-in] Pulled [registry] ${reference}`);
  return EXIT_OK;
}

/** The model that a tuning pod trains, by the image of its weights: `kaito-phi-4:0.2.0` is phi-4. */
export function baseModelOf({ podSpec }: Pick<ProgramContext, "podSpec">): string | undefined {
  const downloader = podSpec.initContainers?.find(
    ({ name }) => name === "model-weights-downloader",
  );
  return downloader && /\/kaito-([^\s:@]+)/.exec(commandOf(downloader))?.[1];
}
