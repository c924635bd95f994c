import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { checkSafetensors } from "../../../../shared/domain/adapter/check-safetensors.ts";
import {
  LENGTH_BYTES,
  readHeaderLength,
} from "../../../../shared/domain/adapter/safetensors-header.ts";
import {
  layOut,
  nameA,
  nameB,
  OTHER_PAIR,
  PAIR,
  type WeightsFile,
  weightsFile,
} from "./adapter-parts.ts";

const EXPECTED = { rank: 8, targetModules: ["qkv_proj", "o_proj"] };

function check({ header, fileSize }: WeightsFile, expected = EXPECTED) {
  return checkSafetensors(header, fileSize, expected);
}

function problemsIn(file: WeightsFile, expected = EXPECTED): readonly string[] {
  const checked = check(file, expected);
  return checked.ok ? [] : checked.problems;
}

describe("good weights", () => {
  test("are counted, with the modules that they adapt", () => {
    const checked = check(weightsFile(layOut({ ...PAIR, ...OTHER_PAIR })));

    expect(checked).toEqual({
      ok: true,
      value: { tensors: 4, parameters: 3072, modules: ["o_proj", "qkv_proj"] },
    });
  });

  test.each(["F64", "F32", "F16", "BF16"])("may be of type %s", (dtype) => {
    expect(problemsIn(weightsFile(layOut(PAIR, dtype)))).toEqual([]);
  });

  test("may have metadata, padding, and their tensors in any order", () => {
    const entries = Object.entries(layOut({ ...PAIR, ...OTHER_PAIR })).toReversed();
    const fields = { __metadata__: { format: "pt" }, ...Object.fromEntries(entries) };

    expect(problemsIn(weightsFile(fields, 5))).toEqual([]);
  });

  test("of an expression of modules are taken as they are", () => {
    const checked = checkSafetensors(
      weightsFile(layOut(PAIR)).header,
      weightsFile(layOut(PAIR)).fileSize,
      { rank: 8, targetModules: ".*_proj" },
    );

    expect(checked).toMatchObject({ ok: true });
  });

  test("may adapt a module that is named in full", () => {
    const shapes = { "proj.lora_A.weight": [8, 4], "proj.lora_B.weight": [4, 8] };

    expect(problemsIn(weightsFile(layOut(shapes)), { rank: 8, targetModules: ["proj"] })).toEqual(
      [],
    );
  });
});

describe("weights that are no LoRA adapter of this configuration", () => {
  const module = '"base_model.model.model.layers.0.self_attn.qkv_proj"';

  test.each([
    ["none", {}, ["there is no LoRA weight"]],
    [
      "a whole module",
      { ...PAIR, "lm_head.weight": [4, 4] },
      ['tensor "lm_head.weight" is not a LoRA weight'],
    ],
    [
      "DoRA",
      { ...PAIR, "qkv_proj.lora_magnitude_vector": [192] },
      ['tensor "qkv_proj.lora_magnitude_vector" is not a LoRA weight'],
    ],
    ["only A", { [nameA]: [8, 64] }, [`module ${module} has no lora_B`]],
    ["only B", { [nameB]: [64, 8] }, [`module ${module} has no lora_A`]],
    [
      "another rank",
      { [nameA]: [4, 64], [nameB]: [64, 4] },
      [`module ${module} has rank 4 and 4, but the configuration says 8`],
    ],
    [
      "two ranks",
      { [nameA]: [8, 64], [nameB]: [64, 16] },
      [`module ${module} has rank 8 and 16, but the configuration says 8`],
    ],
    [
      "no matrices",
      { [nameA]: [8, 8, 8], [nameB]: [64, 8] },
      [`module ${module} has weights that are not matrices`],
    ],
    [
      "another module",
      { "model.mlp.lora_A.weight": [8, 4], "model.mlp.lora_B.weight": [4, 8] },
      ['module "model.mlp" is not among target_modules'],
    ],
    [
      "a module that only ends alike",
      { "model.xo_proj.lora_A.weight": [8, 4], "model.xo_proj.lora_B.weight": [4, 8] },
      ['module "model.xo_proj" is not among target_modules'],
    ],
  ])("are refused: %s", (_, shapes, problems) => {
    expect(problemsIn(weightsFile(layOut(shapes)))).toEqual(problems);
  });
});

describe("a header that does not fit its file", () => {
  const good = layOut(PAIR);
  const { [nameA]: infoA, [nameB]: infoB } = good;

  test.each([
    [
      "a gap",
      { [nameA]: infoA, [nameB]: { ...infoB, data_offsets: [2052, 8196] } },
      "begins at 2052, not at 2048",
    ],
    [
      "an overlap",
      { [nameA]: infoA, [nameB]: { ...infoB, data_offsets: [1024, 7168] } },
      "begins at 1024, not at 2048",
    ],
    [
      "no first byte",
      { [nameB]: { ...infoB, data_offsets: [64, 6208] } },
      "begins at 64, not at 0",
    ],
    [
      "too few bytes",
      { [nameA]: { ...infoA, shape: [8, 65] }, [nameB]: infoB },
      "has 2048 bytes, but its shape needs 2080",
    ],
    ["bytes backwards", { [nameA]: { ...infoA, data_offsets: [2048, 0] } }, "has -2048 bytes"],
    [
      "a shape beyond numbers",
      { [nameA]: { ...infoA, shape: [2 ** 53 - 1, 2 ** 53 - 1] } },
      "but its shape needs",
    ],
  ])("is refused: %s", (_, fields, problem) => {
    expect(problemsIn(weightsFile(fields)).join("\n")).toContain(problem);
  });

  test.each([
    ["a type without a size", { ...infoA, dtype: "F8_E4M3" }],
    ["whole numbers", { ...infoA, dtype: "I8" }],
    ["no type", { shape: [8, 64], data_offsets: [0, 2048] }],
    ["a side of nothing", { ...infoA, shape: [0, 64], data_offsets: [0, 0] }],
    ["a negative side", { ...infoA, shape: [-8, -64] }],
    ["a broken side", { ...infoA, shape: [8.5, 64] }],
    ["many sides", { ...infoA, shape: [1, 1, 1, 1, 1, 1, 1, 8, 64] }],
    ["an offset too few", { ...infoA, data_offsets: [2048] }],
    ["a negative offset", { ...infoA, data_offsets: [-1, 2047] }],
    ["a text", "tensor"],
    ["nothing", null],
  ])("is refused: %s", (_, info) => {
    const { header } = weightsFile({ [nameA]: info });

    expect(problemsIn({ header, fileSize: 8 + header.length + 2048 })).toEqual([
      `tensor ${JSON.stringify(nameA)} has no type, shape and offsets that can be served`,
    ]);
  });

  test.each([
    ["bytes behind the tensors", 1],
    ["bytes missing", -1],
  ])("is refused: %s", (_, difference) => {
    const { header, fileSize } = weightsFile(good);

    expect(problemsIn({ header, fileSize: fileSize + difference })).toEqual([
      `the weights have ${8192 + difference} bytes of data, but their header describes 8192`,
    ]);
  });

  test.each([
    ["no JSON", "{"],
    ["a list", "[]"],
    ["a number", "7"],
    ["nothing", ""],
    ["metadata that are no texts", '{"__metadata__":{"a":1}}'],
    ["deep nesting", "[".repeat(100_000)],
  ])("is refused: %s", (_, text) => {
    const header = new TextEncoder().encode(text);

    expect(problemsIn({ header, fileSize: 8 + header.length })).toEqual([
      "the weights' header is not a map of tensors",
    ]);
  });

  test("cannot hide a tensor under a name that JavaScript knows", () => {
    const text = `{"__proto__":${JSON.stringify(infoA)}}`;
    const header = new TextEncoder().encode(text);

    expect(check({ header, fileSize: 8 + header.length + 2048 })).toMatchObject({ ok: false });
  });

  test("is reported in short, however many tensors are wrong", () => {
    const shapes = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`t${index}`, [1]]),
    );
    const problems = problemsIn(weightsFile(layOut(shapes)));

    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe("and 481 more");
  });

  test("is never taken when one of its numbers is another", () => {
    const { header, fileSize } = weightsFile(good);
    const text = new TextDecoder().decode(header);
    const numbers = Array.from(text.matchAll(/(?<=[[,])\d+(?=[\],])/g));

    fc.assert(
      fc.property(fc.constantFrom(...numbers), fc.nat(10_000), ({ 0: number, index }, other) => {
        fc.pre(String(other) !== number);
        const changed = text.slice(0, index) + other + text.slice(index + number.length);
        const bytes = new TextEncoder().encode(changed);
        const grown = bytes.length - header.length;
        expect(check({ header: bytes, fileSize: fileSize + grown }).ok).toBe(false);
      }),
    );
  });
});

describe("the length of a header", () => {
  function start(length: bigint): Uint8Array {
    const bytes = new Uint8Array(LENGTH_BYTES);
    new DataView(bytes.buffer).setBigUint64(0, length, true);
    return bytes;
  }

  test("stands in the first eight bytes", () => {
    expect(readHeaderLength(start(300n), 308)).toEqual({ ok: true, value: 300 });
  });

  test("is read where the bytes are, also inside of a larger buffer", () => {
    const buffer = new Uint8Array(20);
    buffer.set(start(7n), 3);

    expect(readHeaderLength(buffer.subarray(3, 11), 100)).toEqual({ ok: true, value: 7 });
  });

  test.each([
    ["a file that is too short", new Uint8Array(7), 7, "the weights end before their header"],
    ["more than the file has", start(301n), 308, "claims 301 bytes, but the file has 308"],
    [
      "more than any header has",
      start(2n ** 40n),
      2 ** 50,
      "claims 1099511627776 bytes, more than",
    ],
    [
      "all that there is",
      start(2n ** 64n - 1n),
      308,
      "claims 18446744073709551615 bytes, more than",
    ],
  ])("is refused: %s", (_, bytes, fileSize, problem) => {
    const checked = readHeaderLength(bytes, fileSize);

    expect(checked).toMatchObject({ ok: false });
    expect(checked.ok ? "" : checked.problems.join("")).toContain(problem);
  });
});
