import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { expect, test } from "vitest";

import { dataAbout } from "./support/datasets.ts";
import { startLab } from "./support/lab.ts";
import { SECRETS } from "./support/secrets.ts";

test("no history, message, table or log has a secret after a run that failed and one that did not", async ({
  onTestFinished,
}) => {
  const lab = await startLab();
  onTestFinished(() => lab.stop());
  await lab.cluster.addFaults({ workspace: "rf-secrets-2", fault: "push-refused" });
  await lab.apply("secrets");
  const first = await lab.train("secrets", "a.jsonl", dataAbout("apple"));
  const second = await lab.train("secrets", "b.jsonl", dataAbout("banana"));
  // Azurite writes its files at the end.
  await lab.stack.stop();
  const directory = path.dirname(lab.stack.localFile);
  const places = {
    "the engine's store": read(path.join(directory, "functions-host"), /\.db(?:-wal)?$/),
    "the tables": read(path.join(directory, "azurite"), /__azurite_db_table__\.json$/),
    "the queues": read(path.join(directory, "azurite"), /__azurite_db_queue__\.json$/),
    "the host's log": read(lab.stack.logDirectory, /^functions-host\.log$/),
  };

  const found = Object.entries(places).flatMap(([place, text]) =>
    Object.entries(SECRETS)
      .filter(([, pattern]) => pattern.test(text))
      .map(([secret]) => `${place} has ${secret}`),
  );

  expect([first.phase, second.failure?.code]).toEqual(["Succeeded", "PUSH_FAILED"]);
  // Each place was really read: it has what belongs there.
  expect(places["the engine's store"].includes("secrets-2")).toBe(true);
  expect(places["the tables"].includes("PUSH_FAILED")).toBe(true);
  expect(places["the queues"].includes("dataset-events")).toBe(true);
  expect(found).toEqual([]);
});

function read(directory: string, name: RegExp): string {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((file) => name.test(path.basename(file)))
    .map((file) => readFileSync(path.join(directory, file), "latin1"))
    .join("\n");
}
