import { expect, test } from "vitest";

import { datasetFormat } from "../../../../shared/domain/dataset/dataset-format.ts";

test.each([
  ["support/rows.jsonl", "jsonl"],
  ["support/rows.json", "json"],
  ["support/2026.09.01.JSONL", "jsonl"],
  ["a.b/rows.json", "json"],
])("%s is %s", (blob, format) => {
  expect(datasetFormat(blob)).toEqual({ ok: true, format });
});

test.each([
  ["support/rows.csv", ".csv is not supported; today: .jsonl and .json"],
  ["support/rows.parquet", ".parquet is not supported; today: .jsonl and .json"],
  ["support/rows.arrow", ".arrow is not supported; today: .jsonl and .json"],
  ["support/notes.txt", ".txt is not supported; today: .jsonl and .json"],
  ["support/rows.jsonl.gz", ".gz is not supported; today: .jsonl and .json"],
  ["support/rows", "a file without an extension is not supported; today: .jsonl and .json"],
  ["support.jsonl/rows", "a file without an extension is not supported; today: .jsonl and .json"],
  ["support/.jsonl", "a file without an extension is not supported; today: .jsonl and .json"],
  ["support/rows.", "a file without an extension is not supported; today: .jsonl and .json"],
  ["", "a file without an extension is not supported; today: .jsonl and .json"],
])("%j is refused by its name", (blob, message) => {
  expect(datasetFormat(blob)).toEqual({ ok: false, message });
});
