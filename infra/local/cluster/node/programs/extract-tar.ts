import { createReadStream, createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";

import { extract } from "tar-stream";

/**
 * Unpacks the regular files of a tar archive below `directory`.
 *
 * @throws {Error} if the archive is cut off, or names a file outside of `directory`
 */
export async function extractTar(
  file: string,
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  const archive = extract();
  const feeding = pipeline(createReadStream(file), archive, { signal });
  // Its failure reaches the loop below as well, and first; it must not count as unhandled until then.
  feeding.catch(() => undefined);
  try {
    for await (const entry of archive) {
      const { name, type } = entry.header;
      if (type !== "file") {
        entry.resume();
        continue;
      }
      const target = path.join(directory, name);
      if (!target.startsWith(`${directory}${path.sep}`)) {
        throw new Error(`tar: '${name}' leads outside of the image`);
      }
      await mkdir(path.dirname(target), { recursive: true });
      await pipeline(entry, createWriteStream(target), { signal });
    }
  } catch (error) {
    archive.destroy();
    throw error;
  }
  await feeding;
}
