import { expect, test } from "vitest";

import { createRowChecker } from "../../../../shared/domain/dataset/check-rows.ts";
import { Findings } from "../../../../shared/domain/dataset/findings.ts";
import { CHAT, ROW } from "./blobs.ts";

/** Checks some files of one dataset, one after the other. */
function findingsIn(files: Readonly<Record<string, string>>): Findings {
  const findings = new Findings();
  for (const [blob, text] of Object.entries(files)) {
    const checker = createRowChecker({ blob, format: "jsonl", findings });
    checker.push(new TextEncoder().encode(text));
    checker.end();
  }
  return findings;
}

test("a dataset is good when all its files are", () => {
  const findings = findingsIn({ "a.jsonl": `${ROW}\n${ROW}\n`, "b.jsonl": ROW });

  expect(findings.verdict(3)).toEqual({
    ok: true,
    rows: 3,
    kind: "prompt and completion",
    notes: [],
  });
});

test("a checker counts the rows of its own file", () => {
  const findings = new Findings();
  const rows = ["a.jsonl", "b.jsonl"].map((blob) => {
    const checker = createRowChecker({ blob, format: "jsonl", findings });
    checker.push(new TextEncoder().encode(`${ROW}\n${ROW}\n`));
    checker.end();
    return checker.rows;
  });

  expect(rows).toEqual([2, 2]);
  expect(findings.rows).toBe(4);
});

test("a dataset with too few rows is refused", () => {
  expect(findingsIn({ "a.jsonl": ROW }).verdict(10)).toEqual({
    ok: false,
    message: "The dataset has too few rows: 1, but the pipeline asks for 10",
    details: [],
  });
});

test("a dataset without files is refused, whatever the pipeline asks for", () => {
  expect(new Findings().verdict(0)).toMatchObject({ ok: false });
});

test("a dataset of two kinds of rows is refused, also when each file is of one kind", () => {
  const findings = findingsIn({ "a.jsonl": CHAT, "b.jsonl": ROW });

  expect(findings.verdict(1)).toEqual({
    ok: false,
    message: "The dataset has 1 problem",
    details: [
      "b.jsonl line 1: a row of prompt and completion, but the rows before, from a.jsonl on, are of messages; all must be of one kind",
    ],
  });
});

test("an empty file among others is a problem, because something went wrong with it", () => {
  const findings = findingsIn({ "a.jsonl": ROW, "b.jsonl": "" });

  expect(findings.verdict(1)).toMatchObject({ details: ["b.jsonl line 1: the file has no rows"] });
});

test("twenty problems are kept, and all are counted", () => {
  const findings = findingsIn({ "a.jsonl": "7\n".repeat(500), "b.jsonl": "8\n".repeat(500) });
  const verdict = findings.verdict(1);

  expect(verdict).toMatchObject({ ok: false, message: "The dataset has 1000 problems" });
  expect(findings.problems).toHaveLength(20);
});

test("fields that the trainer does not read are counted by rows", () => {
  const row = '{"id":1,"prompt":"a","completion":"b"}\n';
  const chat = CHAT.replaceAll('"role"', '"at":0,"role"');

  expect(findingsIn({ "a.jsonl": row.repeat(3) }).verdict(1)).toMatchObject({
    notes: ['"id" is not read by the trainer: left out of 3 rows'],
  });
  expect(findingsIn({ "a.jsonl": chat }).verdict(1)).toMatchObject({
    notes: ['"messages[].at" is not read by the trainer: left out of 1 rows'],
  });
});

test("another field in every row does not make the notes longer than twenty", () => {
  const rows = Array.from({ length: 100 }, (_, index) => ROW.replace("{", `{"f${index}":1,`));
  const verdict = findingsIn({ "a.jsonl": rows.join("\n") }).verdict(1);

  expect(verdict.ok && verdict.notes).toHaveLength(20);
});

test("a row may have a megabyte and no more", () => {
  const long = ROW.replace('"a"', `"${"x".repeat(1024 * 1024)}"`);

  expect(findingsIn({ "a.jsonl": `${ROW}\n${long}` }).verdict(1)).toMatchObject({
    details: ["a.jsonl line 2: the row is longer than 1048576 bytes"],
  });
});
