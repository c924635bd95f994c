import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";

import type { ContainerExit } from "../../kubelet/container-record.ts";
import { environmentOf, EXIT_OK, type ProgramContext } from "../program.ts";
import { baseModelOf } from "../weights-downloader.ts";
import { findDataFile, readRows } from "./dataset.ts";
import { toTraceback, TrainerError } from "./python-text.ts";
import { countParameters, saveAdapter } from "./save-adapter.ts";
import { chooseTargetModules } from "./target-modules.ts";
import { parseTrainingConfig } from "./training-config.ts";
import { planTraining, runSteps } from "./training-steps.ts";

/** Where relative paths of the trainer begin (kaito: manifests.go, `cd /workspace/tfs/`). */
const WORKING_DIRECTORY = "/workspace/tfs";
const CONFIG_FILE = "/mnt/config/training_config.yaml";
/** Parameters of the model that is not there. */
const BASE_PARAMETERS = 3_821_079_552;

/** kaito: presets/workspace/tuning/text-generation/fine_tuning.py, without the model. */
export async function train(context: ProgramContext): Promise<ContainerExit> {
  const { log } = context;
  try {
    return await fineTune(context);
  } catch (error) {
    if (!(error instanceof TrainerError)) throw error;
    if (error.exitCode === 1) log.errorLine(toTraceback(error.message, "line 84, in <module>"));
    else if (error.message !== "") log.errorLine(error.message);
    return { exitCode: error.exitCode };
  }
}

async function fineTune(context: ProgramContext): Promise<ContainerExit> {
  const { fault, files, log, spec, timings } = context;
  const config = parseTrainingConfig(await readFile(files.resolve(CONFIG_FILE), "utf8"));
  const { LoraConfig: lora, QuantizationConfig: quantization } = config;
  log.line(`training_config: ${config.printed}`);
  info(context, "fine_tuning.py:95", "Model Loaded");
  if (quantization.load_in_4bit || quantization.load_in_8bit) {
    info(context, "fine_tuning.py:100", "QLoRA Enabled");
  }
  const modules = chooseTargetModules(
    baseModelOf(context),
    lora.target_modules,
    environmentOf(spec)["DEFAULT_TARGET_MODULES"],
  );
  log.line(trainableLine(countParameters(modules, lora.r)));

  const file = await findDataFile(config, files);
  const rows = await readRows(file, files, log.errorLine);
  info(
    context,
    "dataset.py:69",
    `Dataset loaded successfully from ${file.path} with file type '${file.extension}'.`,
  );

  const duration = fault?.fault === "training-takes" ? fault.seconds * 1000 : timings.training;
  let exit: ContainerExit | undefined;
  await runSteps(planTraining(config, rows.length, duration), context, async () => {
    exit = await failAtHalf(context);
    if (exit) throw new StoppedAtHalf();
  }).catch((error: unknown) => {
    if (!(error instanceof StoppedAtHalf)) throw error;
  });
  if (exit) return exit;

  const directory = config.TrainingArguments.output_dir;
  const output = files.resolve(directory, WORKING_DIRECTORY);
  const writtenRank = fault?.fault === "adapter-wrong-rank" ? fault.rank : lora.r;
  await saveAdapter({ modules, rows, lora, writtenRank }, output);
  info(context, "fine_tuning.py:161", "Fine-Tuning completed\n");
  await writeFile(
    files.resolve(`${directory}/fine_tuning_completed.txt`, WORKING_DIRECTORY),
    `Fine-Tuning completed at ${new Date().toISOString()}\n`,
  );
  context.trained.send();
  return EXIT_OK;
}

class StoppedAtHalf extends Error {
  override readonly name = "StoppedAtHalf";
}

/** The faults of a training on its way. */
async function failAtHalf({
  busy,
  fault,
  log,
  signal,
}: ProgramContext): Promise<ContainerExit | undefined> {
  if (fault?.fault === "trainer-exits") {
    const error = "RuntimeError: CUDA error (fault trainer-exits)";
    log.errorText("\n");
    log.errorLine(toTraceback(error, "line 155, in <module>"));
    return { exitCode: fault.exitCode };
  }
  if (fault?.fault === "trainer-out-of-memory") return { exitCode: 137, reason: "OOMKilled" };
  if (fault?.fault !== "trainer-hangs") return undefined;
  if (!signal.aborted) await busy.wait(() => once(signal, "abort"));
  return { exitCode: 143 };
}

/** kaito: fine_tuning.py's logging format; Python's logging goes to standard error. */
function info({ log }: ProgramContext, place: string, text: string): void {
  const [date = "", time = ""] = new Date().toISOString().split("T");
  log.errorLine(`INFO ${date.slice(5)} ${time.slice(0, 8)} ${place}] ${text}`);
}

function trainableLine(trainable: number): string {
  const all = BASE_PARAMETERS + trainable;
  const format = (value: number): string => value.toLocaleString("en-US");
  const percent = ((100 * trainable) / all).toFixed(4);
  return `trainable params: ${format(trainable)} || all params: ${format(all)} || trainable%: ${percent}`;
}
