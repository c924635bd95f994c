import { z } from "zod";

import { type Checked, parseJson, quote, refuse, settle } from "./checked.ts";

/** The header's length stands in the first eight bytes, little-endian. */
export const LENGTH_BYTES = 8;

/** The library's own limit is 100 MB; the header of an adapter with a thousand tensors has 200 KB. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;

/** Bytes of one number; the types that a LoRA adapter can have. */
const FLOAT_BYTES = { F64: 8, F32: 4, F16: 2, BF16: 2 } as const;

const TensorInfo = z.object({
  dtype: z.enum(["F64", "F32", "F16", "BF16"]),
  shape: z.array(z.int().positive()).max(8),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

/** The library does not load a file whose metadata are anything but texts. */
const Header = z
  .object({ __metadata__: z.record(z.string(), z.string()).optional() })
  .catchall(z.unknown());

export type Tensor = { readonly name: string } & Readonly<z.infer<typeof TensorInfo>>;

const UTF8 = new TextDecoder("utf-8");

/**
 * Tells a reader of the file how much of it is the header.
 *
 * @param start - at least the first eight bytes
 * @returns the length of the JSON behind those eight bytes
 */
export function readHeaderLength(start: Uint8Array, fileSize: number): Checked<number> {
  if (start.length < LENGTH_BYTES) return refuse("the weights end before their header");
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    return refuse(`the weights' header claims ${length} bytes, more than ${MAX_HEADER_BYTES}`);
  }
  return BigInt(LENGTH_BYTES) + length > BigInt(fileSize)
    ? refuse(`the weights' header claims ${length} bytes, but the file has ${fileSize}`)
    : { ok: true, value: Number(length) };
}

/**
 * Reads the JSON of the header and proves that its tensors fill the rest of the file, without a gap or
 * an overlap: what is not described could hold anything.
 */
export function readTensors(header: Uint8Array, fileSize: number): Checked<readonly Tensor[]> {
  const parsed = Header.safeParse(parseJson(UTF8.decode(header))?.value);
  if (!parsed.success) return refuse("the weights' header is not a map of tensors");

  const { __metadata__: _, ...infos } = parsed.data;
  const tensors: Tensor[] = [];
  const problems: string[] = [];
  for (const [name, info] of Object.entries(infos)) {
    const tensor = TensorInfo.safeParse(info);
    if (tensor.success) tensors.push({ name, ...tensor.data });
    else problems.push(`tensor ${quote(name)} has no type, shape and offsets that can be served`);
  }
  if (problems.length > 0) return refuse(...problems);

  tensors.sort((a, b) => a.data_offsets[0] - b.data_offsets[0]);
  return settle(spanProblems(tensors, fileSize - LENGTH_BYTES - header.length), tensors);
}

function spanProblems(tensors: readonly Tensor[], dataSize: number): string[] {
  const problems: string[] = [];
  let end = 0;
  for (const { name, dtype, shape, data_offsets: offsets } of tensors) {
    const [from, to] = offsets;
    const needed = shape.reduce((product, side) => product * side, FLOAT_BYTES[dtype]);
    if (from !== end) problems.push(`tensor ${quote(name)} begins at ${from}, not at ${end}`);
    if (to - from !== needed) {
      problems.push(`tensor ${quote(name)} has ${to - from} bytes, but its shape needs ${needed}`);
    }
    end = to;
  }
  if (end !== dataSize) {
    problems.push(`the weights have ${dataSize} bytes of data, but their header describes ${end}`);
  }
  return problems;
}
