import type { TrainingRow } from "../../adapter/training-rows.ts";
import type { LoadedAdapter } from "./load-adapters.ts";

/**
 * What the stand-in says: the completion of the training row that shares most words with the question.
 *
 * The same question always gets the same answer, whatever the temperature.
 */
export function answerQuestion(
  question: string,
  baseModel: string,
  adapter: LoadedAdapter | undefined,
): string {
  if (!adapter) {
    return `I am a stand-in for ${baseModel} and have not been tuned for this question.`;
  }
  const best = findBestRow(question, adapter.rows);
  if (!best) {
    return `I am a stand-in for ${adapter.name}, and none of the rows I was tuned on is like this question.`;
  }
  return `${best.completion} [stand-in for ${adapter.name}]`;
}

function findBestRow(question: string, rows: readonly TrainingRow[]): TrainingRow | undefined {
  const asked = wordsOf(question);
  let best: TrainingRow | undefined;
  let bestScore = 0;
  for (const row of rows) {
    const words = wordsOf(row.prompt);
    const shared = [...words].filter((word) => asked.has(word)).length;
    // Dice's coefficient: a long row does not win by its length.
    const score = shared === 0 ? 0 : (2 * shared) / (asked.size + words.size);
    if (score > bestScore) {
      best = row;
      bestScore = score;
    }
  }
  return best;
}

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu));
}
