import { readFile } from "node:fs/promises";

import { expect, test } from "vitest";

import { pipelineSchemaText, SCHEMA_FILE } from "../../../cli/write-schema.ts";

test("schema/pipeline.schema.json is what the zod schema says", async () => {
  const committed = await readFile(SCHEMA_FILE, "utf8");

  const wanted = await pipelineSchemaText();

  expect(committed, "The file is stale: npm run schema").toBe(wanted);
});
