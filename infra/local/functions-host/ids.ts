import { createHash, randomUUID } from "node:crypto";

/** Where the host's ids come from: chance, or a seed that gives the same ones again. */
export interface Ids {
  /** A UUID. */
  uuid(): string;
  /** An instance or execution id, written as .NET's `Guid.ToString("N")`. */
  instance(): string;
}

export const randomIds: Ids = idsFrom(() => randomUUID());

/** The n-th id is a function of the seed and n. */
export function seededIds(seed: number): Ids {
  let count = 0;
  return idsFrom(() => {
    count += 1;
    const digest = createHash("sha256").update(`${seed}/${count}`).digest("hex");
    return [
      digest.slice(0, 8),
      digest.slice(8, 12),
      `4${digest.slice(13, 16)}`,
      `8${digest.slice(17, 20)}`,
      digest.slice(20, 32),
    ].join("-");
  });
}

function idsFrom(uuid: () => string): Ids {
  return { uuid, instance: () => uuid().replaceAll("-", "") };
}
