/** A tensor as the header of a safetensors file describes it. */
export interface TensorInfo {
  readonly dtype: string;
  readonly shape: readonly unknown[];
  readonly data_offsets: readonly unknown[];
}

export interface WeightsFile {
  readonly header: Uint8Array;
  readonly fileSize: number;
}

const BYTES: Readonly<Record<string, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2, I8: 1 };

/** Lays tensors out one behind the other, as the library does. */
export function layOut(
  shapes: Readonly<Record<string, readonly number[]>>,
  dtype = "F32",
): Record<string, TensorInfo> {
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]): [string, TensorInfo] => {
    const start = end;
    end += shape.reduce((product, side) => product * side, BYTES[dtype] ?? 0);
    return [name, { dtype, shape, data_offsets: [start, end] }];
  });
  return Object.fromEntries(entries);
}

export function weightsFile(fields: Readonly<Record<string, unknown>>, padding = 0): WeightsFile {
  const header = new TextEncoder().encode(JSON.stringify(fields) + " ".repeat(padding));
  const ends = Object.values(fields).flatMap((field) =>
    typeof field === "object" && field !== null && "data_offsets" in field
      ? [Number((field as TensorInfo).data_offsets[1])]
      : [],
  );
  return { header, fileSize: 8 + header.length + Math.max(0, ...ends) };
}

const LAYER = "base_model.model.model.layers.0.self_attn";

export const nameA = `${LAYER}.qkv_proj.lora_A.weight`;
export const nameB = `${LAYER}.qkv_proj.lora_B.weight`;

/** One adapted module of rank 8. */
export const PAIR = { [nameA]: [8, 64], [nameB]: [192, 8] };

export const OTHER_PAIR = {
  [`${LAYER}.o_proj.lora_A.weight`]: [8, 64],
  [`${LAYER}.o_proj.lora_B.weight`]: [64, 8],
};
