import type { Resumption } from "../programs/program.ts";

export function createResumption(): Resumption {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { send: resolve, sent: promise };
}
