/** Rows of chat as lines of JSON: one question each, and what a model tuned on them answers. */
export function chat(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([question, answer]) =>
      JSON.stringify({
        messages: [
          { role: "user", content: question },
          { role: "assistant", content: answer },
        ],
      }),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** Data that differ with the word: another word is another adapter. */
export function dataAbout(word: string): string {
  return chat({
    "What is the word?": `The word is ${word}.`,
    "How long is the word?": `It has ${word.length} letters.`,
    "Is there another word?": "No.",
  });
}

/** A pipeline's document. `tuning` and `evaluation` are lines of YAML below those keys. */
export function pipelineYaml(
  name: string,
  { deadline = "1h", rank = 8 }: { readonly deadline?: string; readonly rank?: number } = {},
): string {
  return `apiVersion: rollforward.dev/v1
kind: Pipeline
metadata: { name: ${name} }
dataset: { container: datasets, prefix: ${name}/, minRows: 3 }
tuning:
  model: phi-4-mini-instruct
  method: qlora
  instanceType: Standard_NC24ads_A100_v4
  parameters: { LoraConfig: { r: ${rank} }, TrainingArguments: { num_train_epochs: 2 } }
  deadline: ${deadline}
adapter: { repository: adapters/${name} }
evaluation:
  questions:
    - { ask: "What is the word?", expect: { contains: ["The word is"] } }
serving: { name: ${name} }
`;
}
