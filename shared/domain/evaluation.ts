import type { AnswerPair } from "./run.ts";

/** A question with what a good answer has in it. */
export interface Question {
  readonly ask: string;
  readonly contains: readonly string[];
}

/** Whether an answer has everything that was expected, whatever the case of the letters. */
export function passes(answer: string, contains: readonly string[]): boolean {
  const text = answer.toLowerCase();
  return contains.every((part) => text.includes(part.toLowerCase()));
}

/**
 * Puts answers beside the questions. What could not be asked has no answer and neither passes nor fails.
 *
 * @param answers - in the order of the questions
 */
export function pairAnswers(
  questions: readonly Question[],
  before: readonly (string | undefined)[],
  after: readonly (string | undefined)[],
): AnswerPair[] {
  return questions.map(({ ask, contains }, index) => {
    const [old, fresh] = [before[index], after[index]];
    return {
      question: ask,
      expected: [...contains],
      ...(old !== undefined && { before: old, passedBefore: passes(old, contains) }),
      ...(fresh !== undefined && { after: fresh, passedAfter: passes(fresh, contains) }),
    };
  });
}
