import { open } from "node:fs/promises";

import { z } from "zod";

/** One 32-bit float tensor to write. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const TensorInfo = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
export type TensorInfo = z.infer<typeof TensorInfo>;

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
}

const LENGTH_BYTES = 8;
const FLOAT_BYTES = 4;
/** The limit of the safetensors library. */
const MAX_HEADER_BYTES = 100_000_000;

/** safetensors: 8 bytes of header length, a JSON header padded with spaces, then the data. */
export function encodeSafetensors(
  tensors: readonly Tensor[],
  metadata: Readonly<Record<string, string>>,
): Buffer {
  let offset = 0;
  const infos = tensors.map(({ name, shape, values }) => {
    const end = offset + values.length * FLOAT_BYTES;
    const info = { dtype: "F32", shape, data_offsets: [offset, end] };
    offset = end;
    return [name, info] as const;
  });
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(infos) });
  const length = Math.ceil(Buffer.byteLength(json) / LENGTH_BYTES) * LENGTH_BYTES;
  const header = Buffer.alloc(LENGTH_BYTES + length, " ");
  header.writeBigUInt64LE(BigInt(length));
  header.write(json, LENGTH_BYTES);
  return Buffer.concat([header, ...tensors.map(({ values }) => littleEndian(values))]);
}

/** @throws {Error} in the words of the safetensors library, if the file is not a whole safetensors file */
export async function readSafetensorsHeader(file: string): Promise<SafetensorsHeader> {
  await using handle = await open(file);
  const { size } = await handle.stat();
  const prefix = Buffer.alloc(LENGTH_BYTES);
  if (size < LENGTH_BYTES) throw broken("HeaderTooSmall");
  await handle.read(prefix, 0, LENGTH_BYTES, 0);
  const length = prefix.readBigUInt64LE();
  if (length > MAX_HEADER_BYTES) throw broken("HeaderTooLarge");
  const dataStart = LENGTH_BYTES + Number(length);
  if (dataStart > size) throw broken("InvalidHeaderLength");

  const json = Buffer.alloc(Number(length));
  await handle.read(json, 0, json.length, LENGTH_BYTES);
  const header = parseHeader(json.toString("utf8"));
  const end = Math.max(0, ...Array.from(header.tensors.values(), (info) => info.data_offsets[1]));
  if (dataStart + end !== size) throw broken("MetadataIncompleteBuffer");
  return header;
}

function parseHeader(json: string): SafetensorsHeader {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw broken("InvalidHeaderDeserialization");
  }
  const { __metadata__: metadata = {}, ...tensors } = z
    .record(z.string(), z.unknown())
    .parse(parsed);
  const known = z.record(z.string(), z.string()).safeParse(metadata);
  const infos = z.record(z.string(), TensorInfo).safeParse(tensors);
  if (!known.success || !infos.success) throw broken("InvalidHeaderDeserialization");
  return { metadata: known.data, tensors: new Map(Object.entries(infos.data)) };
}

function broken(reason: string): Error {
  return new Error(`safetensors_rust.SafetensorError: Error while deserializing header: ${reason}`);
}

function littleEndian(values: Float32Array): Buffer {
  const bytes = Buffer.alloc(values.length * FLOAT_BYTES);
  values.forEach((value, index) => bytes.writeFloatLE(value, index * FLOAT_BYTES));
  return bytes;
}
