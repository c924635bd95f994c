import type { ProgramContext } from "../program.ts";
import { toPythonFloats } from "./python-text.ts";
import type { TrainingConfig } from "./training-config.ts";

export interface TrainingPlan {
  readonly steps: number;
  readonly epochs: number;
  readonly loggingSteps: number;
  readonly learningRate: number;
  readonly rows: number;
  readonly durationMs: number;
}

/** However many steps there are, the bar moves no more often than this. */
const MOVES = 60;
const FIRST_LOSS = 2.4;
const LAST_LOSS = 0.6;

/** transformers: Trainer's arithmetic for the number of optimizer steps. */
export function planTraining(
  { DatasetConfig, TrainingArguments }: TrainingConfig,
  rows: number,
  durationMs: number,
): TrainingPlan {
  const { max_steps: maxSteps, num_train_epochs: wantedEpochs } = TrainingArguments;
  const split = DatasetConfig.train_test_split;
  const trainRows = split < 1 ? Math.max(1, Math.floor(rows * split)) : rows;
  const batch =
    TrainingArguments.per_device_train_batch_size * TrainingArguments.gradient_accumulation_steps;
  const perEpoch = Math.max(1, Math.ceil(trainRows / batch));
  const steps = maxSteps > 0 ? maxSteps : Math.max(1, Math.ceil(perEpoch * wantedEpochs));
  const { logging_steps: logging, learning_rate: learningRate } = TrainingArguments;
  return {
    steps,
    epochs: steps / perEpoch,
    // Below 1 it is a share of all steps.
    loggingSteps: Math.max(1, logging < 1 ? Math.ceil(logging * steps) : logging),
    learningRate,
    rows: trainRows,
    durationMs,
  };
}

/** Takes the time of a training and writes what Hugging Face's Trainer writes meanwhile. */
export async function runSteps(
  plan: TrainingPlan,
  { busy, log, signal }: ProgramContext,
  atHalf: () => Promise<void>,
): Promise<void> {
  const started = Date.now();
  const moves = Math.min(plan.steps, MOVES);
  log.errorText(`\r${bar(0, plan.steps, 0)}`);
  let done = 0;
  let halfway = false;
  for (let move = 1; move <= moves; move++) {
    await busy.delay(plan.durationMs / moves, { signal });
    const step = Math.round((plan.steps * move) / moves);
    if (!halfway && step * 2 >= plan.steps) {
      halfway = true;
      await atHalf();
    }
    for (done += 1; done <= step; done++) {
      if (done % plan.loggingSteps === 0) log.line(lossLine(plan, done));
    }
    done = step;
    log.errorText(`\r${bar(step, plan.steps, Date.now() - started)}`);
  }
  log.line(runtimeLine(plan, Date.now() - started));
  log.errorText("\n");
}

function lossLine(plan: TrainingPlan, step: number): string {
  const part = step / plan.steps;
  return toPythonFloats({
    loss: round(FIRST_LOSS + (LAST_LOSS - FIRST_LOSS) * part, 4),
    grad_norm: round(1.6 - part, 4),
    learning_rate: plan.learningRate * (1 - part),
    epoch: round(plan.epochs * part, 2),
  });
}

function runtimeLine(plan: TrainingPlan, elapsedMs: number): string {
  const seconds = Math.max(0.001, elapsedMs / 1000);
  return toPythonFloats({
    train_runtime: round(seconds, 4),
    train_samples_per_second: round((plan.rows * plan.epochs) / seconds, 3),
    train_steps_per_second: round(plan.steps / seconds, 3),
    train_loss: round((FIRST_LOSS + LAST_LOSS) / 2, 4),
    epoch: round(plan.epochs, 2),
  });
}

/** tqdm's bar: `  50%|█████     | 3/6 [00:01<00:01,  2.00it/s]`. */
function bar(step: number, steps: number, elapsedMs: number): string {
  const part = step / steps;
  const filled = "█".repeat(Math.floor(part * 10)).padEnd(10);
  const percent = String(Math.floor(part * 100)).padStart(3);
  const left = step === 0 ? "?" : clock((elapsedMs / step) * (steps - step));
  const rate = step === 0 ? "?" : ((step * 1000) / Math.max(1, elapsedMs)).toFixed(2);
  return `${percent}%|${filled}| ${step}/${steps} [${clock(elapsedMs)}<${left}, ${rate.padStart(5)}it/s]`;
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const pad = (value: number): string => String(value).padStart(2, "0");
  return `${pad(Math.floor(seconds / 60))}:${pad(seconds % 60)}`;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
