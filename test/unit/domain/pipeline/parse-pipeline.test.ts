import { readFile } from "node:fs/promises";

import { describe, expect, test } from "vitest";

import { documentWith, parse, parseValid, problemsIn } from "./documents.ts";

describe("a valid document", () => {
  test("gets the defaults of everything that it leaves out", () => {
    const pipeline = parseValid(documentWith());

    expect(pipeline).toEqual({
      apiVersion: "rollforward.dev/v1",
      kind: "Pipeline",
      metadata: { name: "support" },
      dataset: { container: "datasets", prefix: "support/", minRows: 10 },
      triggers: { upload: {} },
      overlap: "queue",
      tuning: {
        model: "phi-4-mini-instruct",
        method: "qlora",
        instanceType: "Standard_NC24ads_A100_v4",
        parameters: {},
        deadline: 43_200_000,
      },
      adapter: { repository: "adapters/support" },
      evaluation: { questions: [] },
      serving: {
        name: "support",
        instanceType: "Standard_NC24ads_A100_v4",
        strategy: "inPlace",
      },
    });
  });

  test("keeps what it says", () => {
    const pipeline = parseValid(
      documentWith({
        dataset: "{ container: drops, prefix: a/b/, minRows: 3 }",
        triggers: "{ upload: {} }",
        overlap: "queue",
        tuning:
          "{ model: phi-4, method: lora, instanceType: Standard_NV36ads_A10_v5, deadline: 90m }",
        evaluation: "{ questions: [{ ask: Why? }, { ask: How?, expect: { contains: [so] } }] }",
        serving: "{ name: helpdesk, strategy: inPlace }",
      }),
    );

    expect(pipeline).toMatchObject({
      dataset: { container: "drops", prefix: "a/b/", minRows: 3 },
      tuning: { model: "phi-4", method: "lora", deadline: 5_400_000 },
      evaluation: { questions: [{ ask: "Why?" }, { ask: "How?", expect: { contains: ["so"] } }] },
      serving: { name: "helpdesk", instanceType: "Standard_NV36ads_A10_v5" },
    });
  });

  test("may begin with a byte order mark and have the line ends of Windows", () => {
    const pipeline = parseValid(`\uFEFF${documentWith().replaceAll("\n", "\r\n")}`);

    expect(pipeline.metadata.name).toBe("support");
  });

  test("is what the examples are", async () => {
    const yaml = await readFile(
      new URL("../../../../examples/support.yaml", import.meta.url),
      "utf8",
    );

    expect(parseValid(yaml).tuning.deadline).toBe(7_200_000);
  });
});

describe("a document with mistakes", () => {
  test("is told all of them at once, each with its place", () => {
    const problems = problemsIn(`apiVersion: rollforward.dev/v2
kind: Pipeline
metadata: { name: Support }
dataset:
  contaner: datasets
tuning:
  model: llama-3.1-8b-instruct
  method: QLoRA
  deadline: 12 hours
`);

    expect(problems.map(({ kind, path, line, column }) => [kind, path, line, column])).toEqual([
      ["invalid", "adapter", 1, 1],
      ["invalid", "apiVersion", 1, 13],
      ["invalid", "metadata.name", 3, 19],
      ["invalid", "dataset.container", 5, 3],
      ["unknown-key", "dataset.contaner", 5, 3],
      ["invalid", "tuning.model", 7, 10],
      ["invalid", "tuning.method", 8, 11],
      ["invalid", "tuning.deadline", 9, 13],
    ]);
  });

  test.each([
    ["nothing", "{}", "dataset.container is missing; it must be a text"],
    ["an empty value", "{ container: }", "dataset.container is empty; it must be a text"],
    ["a list", "{ container: [a] }", "dataset.container is a list; it must be a text"],
    ["a map", "{ container: { a: b } }", "dataset.container is a map; it must be a text"],
    ["a number", "{ container: 7 }", "dataset.container is 7; it must be a text"],
    [
      "a fraction",
      "{ container: datasets, minRows: 1.5 }",
      "dataset.minRows is 1.5; it must be a whole number",
    ],
    [
      "too little",
      "{ container: datasets, minRows: 0 }",
      "dataset.minRows is 0; it must be 1 or more",
    ],
    [
      "too much",
      "{ container: datasets, minRows: 1000001 }",
      "dataset.minRows is 1000001; it must be at most 1000000",
    ],
    [
      "a misspelt field",
      "{ container: datasets, minrow: 3 }",
      '"minrow" is not a field here; there are container, prefix, minRows; did you mean minRows?',
    ],
    [
      "a field of nowhere",
      "{ container: datasets, colour: red }",
      '"colour" is not a field here; there are container, prefix, minRows',
    ],
  ])("is told what was found and what is allowed: %s", (_, dataset, message) => {
    const problems = problemsIn(documentWith({ dataset }));

    expect(problems.map((problem) => problem.message)).toEqual([message]);
  });

  test.each([
    ["overlap", "parallel", 'overlap is "parallel"; it must be queue'],
    ["serving", "{ strategy: Canary }", 'serving.strategy is "Canary"; it must be inPlace'],
    [
      "evaluation",
      "{ questions: [{ ask: '' }] }",
      'evaluation.questions.0.ask is ""; it must be 1 or more characters',
    ],
    [
      "evaluation",
      "{ questions: [{ ask: Why?, expect: { contains: [] } }] }",
      "evaluation.questions.0.expect.contains is a list; it must be 1 or more items",
    ],
    [
      "evaluation",
      "{ questions: [{ ask: Why?, expects: { contains: [a] } }] }",
      '"expects" is not a field here; there are ask, expect; did you mean expect?',
    ],
    ["evaluation", "{ questions: Why? }", 'evaluation.questions is "Why?"; it must be a list'],
    [
      "adapter",
      "{ repository: registry.azurecr.io/adapters:v1 }",
      'adapter.repository is "registry.azurecr.io/adapters:v1"; it must be a repository such as adapters/support, without registry and tag',
    ],
    ["triggers", "{ upload: { a: 1 } }", '"a" is not a field here; there are none'],
    ["triggers", "{ upload: true }", "triggers.upload is true; it must be a map"],
  ])("does not offer what is not built: %s %s", (key, value, message) => {
    const problems = problemsIn(documentWith({ [key]: value }));

    expect(problems.map((problem) => problem.message)).toEqual([message]);
  });

  test("asks for another serving name when the pipeline's own cannot name a Service", () => {
    const own = problemsIn(documentWith({ metadata: "{ name: 7-support }" }));
    const other = problemsIn(
      documentWith({ metadata: "{ name: 7-support }", serving: "{ name: support }" }),
    );

    expect(own.map(({ message }) => message)).toEqual([
      'metadata.name is "7-support"; it must be a name that begins with a letter, unless serving.name is given',
    ]);
    expect(other).toEqual([]);
  });

  test("is quoted in short, without its control characters", () => {
    const [problem] = problemsIn(documentWith({ overlap: `"\\e[31m${"x".repeat(500)}"` }));

    expect(problem?.found).toBe(`"\\u001b[31m${"x".repeat(55)}..."`);
  });
});

describe("a document that is no pipeline", () => {
  test.each([
    ["nothing", "", "support.yaml is empty"],
    ["a comment", "# later\n", "support.yaml is empty"],
    ["null", "~\n", "the document is empty; it must be a map"],
    ["a list", "- a\n", "the document is a list; it must be a map"],
    ["a text", "hello\n", 'the document is "hello"; it must be a map'],
  ])("is refused at its first line: %s", (_, yaml, message) => {
    expect(parse(yaml)).toMatchObject({ ok: false, problems: [{ line: 1, column: 1, message }] });
  });
});
