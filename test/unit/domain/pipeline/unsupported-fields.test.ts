import { describe, expect, test } from "vitest";
import { LineCounter, parse as parseYaml, parseDocument } from "yaml";

import { PipelineSchema } from "../../../../shared/domain/pipeline/pipeline-schema.ts";
import { Places } from "../../../../shared/domain/pipeline/places.ts";
import { problemsOf } from "../../../../shared/domain/pipeline/problems.ts";
import { UNSUPPORTED_FIELDS } from "../../../../shared/domain/pipeline/unsupported-fields.ts";
import { valueAt } from "../../../../shared/domain/pipeline/value-at.ts";
import { documentWith, parseValid, problemsIn } from "./documents.ts";

/** Every field that the design has. */
const WHOLE = `apiVersion: rollforward.dev/v1
kind: Pipeline
metadata: { name: support }
dataset:
  container: datasets
  prefix: support/
  quietPeriod: 2m
  maxWait: 30m
  minRows: 10
  holdout: 5%
triggers:
  upload: {}
  webhook: { secret: ROLLFORWARD_SECRET_SUPPORT }
  schedule: [{ cron: "0 3 * * 1", timeZone: Europe/Berlin, catchUp: latest }]
overlap: queueLatest
tuning:
  model: phi-4-mini-instruct
  method: qlora
  instanceType: Standard_NC24ads_A100_v4
  parameters: { LoraConfig: { r: 8 }, TrainingArguments: { num_train_epochs: 3 } }
  deadline: 12h
adapter: { repository: adapters/support }
evaluation:
  questions: [{ ask: "How do I scale a node pool?", expect: { contains: ["az aks nodepool scale"] } }]
  gate: { minimum: 0.6, maxRegression: 0.05 }
approval: { required: false, timeout: 72h }
serving: { name: support, instanceType: Standard_NC24ads_A100_v4, strategy: blueGreen }
budget: { perRun: 40, perMonth: 400, currency: USD }
notify: [{ url: "https://example.com/hook", secret: ROLLFORWARD_SECRET_NOTIFY, on: [Succeeded, Failed] }]
`;

describe("a field that is not built yet", () => {
  test("is refused by its name, each of them, and nothing else is", () => {
    const problems = problemsIn(WHOLE);

    expect(problems.map(({ kind, path, line, column }) => [kind, path, line, column])).toEqual([
      ["unsupported", "dataset.quietPeriod", 7, 3],
      ["unsupported", "dataset.maxWait", 8, 3],
      ["unsupported", "dataset.holdout", 10, 3],
      ["unsupported", "triggers.webhook", 13, 3],
      ["unsupported", "triggers.schedule", 14, 3],
      ["unsupported", "overlap", 15, 1],
      ["unsupported", "evaluation.gate", 25, 3],
      ["unsupported", "approval", 26, 1],
      ["unsupported", "serving.strategy", 27, 67],
      ["unsupported", "budget", 28, 1],
      ["unsupported", "notify", 29, 1],
    ]);
  });

  test("says what was found and what happens today", () => {
    const [problem] = problemsIn(documentWith({ overlap: "forbid" }));

    expect(problem).toEqual({
      kind: "unsupported",
      path: "overlap",
      line: 7,
      column: 1,
      found: '"forbid"',
      allowed: "queue: one run at a time, the others wait",
      message:
        'overlap "forbid" is not supported yet; today: queue: one run at a time, the others wait',
    });
  });

  test("never appears in a parsed pipeline, not even by a default", () => {
    const pipeline = parseValid(documentWith());

    const present = UNSUPPORTED_FIELDS.filter(({ parent, key, values }) => {
      const value = valueAt(pipeline, [...parent, key]);
      return values ? values.includes(String(value)) : value !== undefined;
    });
    expect(present).toEqual([]);
  });

  test("is in the schema already: deleting its row is all that lets it through", () => {
    const parsed = PipelineSchema.parse(parseYaml(WHOLE));

    expect(parsed).toMatchObject({
      dataset: { quietPeriod: 120_000, maxWait: 1_800_000, holdout: 0.05 },
      triggers: { webhook: { secret: "ROLLFORWARD_SECRET_SUPPORT" } },
      approval: { required: false, timeout: 259_200_000 },
    });
  });

  test("is named beside everything else that is wrong", () => {
    const problems = problemsIn(
      documentWith({ dataset: "{ container: datasets, url: 'https://x', minRows: 0 }" }),
    );

    expect(problems.map(({ kind, path }) => [kind, path])).toEqual([
      ["unsupported", "dataset.url"],
      ["invalid", "dataset.minRows"],
    ]);
  });

  test("does not show what stands in the place of a secret's name", () => {
    const yaml = documentWith({ triggers: "{ webhook: { secret: hunter2 } }" });
    const { error } = PipelineSchema.safeParse(parseYaml(yaml));
    const problems = problemsOf(
      parseYaml(yaml),
      error?.issues ?? [],
      new Places(parseDocument(yaml), new LineCounter()),
    );

    expect(problems.map(({ message }) => message)).toEqual([
      "triggers.webhook.secret is another text; it must be the name of a setting, ROLLFORWARD_SECRET_ and capitals, never the secret itself",
    ]);
  });
});
