import { Transform } from "node:stream";

/** Passes bytes on, and fails past a limit: `<what> over <limit> bytes`. */
export function limitTo(limit: number, what: string): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > limit) done(new Error(`${what} over ${limit} bytes`));
      else done(null, chunk);
    },
  });
}
