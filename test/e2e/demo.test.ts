import { expect, test } from "vitest";
import { z } from "zod";

import { startProgram } from "./support/programs.ts";

const Document = z.strictObject({
  runs: z.array(
    z.strictObject({
      id: z.string(),
      phase: z.string(),
      code: z.string().nullable(),
      version: z.number().nullable(),
      digest: z.string().nullable(),
      leftBehind: z.array(z.string()),
    }),
  ),
  serving: z.strictObject({ version: z.number(), digest: z.string() }),
  answers: z.array(z.strictObject({ question: z.string(), before: z.string(), after: z.string() })),
});

test("the demo tells its story in one JSON document", async () => {
  const { code, stderr, stdout } = await startProgram("infra/local/demo/main.ts", ["--json"])
    .finished;

  expect({ code, stderr }).toMatchObject({ code: 0 });
  const { answers, runs, serving } = Document.parse(JSON.parse(stdout));
  expect(runs).toMatchObject([
    { id: "support-1", phase: "Succeeded", code: null, version: 1, leftBehind: [] },
    { id: "support-2", phase: "Succeeded", code: null, version: null, leftBehind: [] },
    { id: "support-3", phase: "Succeeded", code: null, version: 2, leftBehind: [] },
    { id: "support-4", phase: "Failed", code: "DATASET_INVALID", version: null, leftBehind: [] },
    { id: "support-5", phase: "Failed", code: "TRAINING_CRASHED", version: null, leftBehind: [] },
  ]);
  expect(serving).toEqual({ version: 2, digest: runs[2]?.digest });
  expect(answers[0]).toMatchObject({
    before: expect.stringContaining("have not been tuned"),
    after: expect.stringContaining("az aks nodepool scale"),
  });
  expect(stderr).toMatch(/questions-bad\.jsonl line 3: /);
});
