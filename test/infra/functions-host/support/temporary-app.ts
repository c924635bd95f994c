import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

import { removeDirectory, temporaryDirectory } from "./host-process.ts";

const NODE_MODULES = path.resolve(import.meta.dirname, "../../../../node_modules");

export const HOST_JSON = '{ "version": "2.0" }';

/** Writes an app that a test wants to be wrong in some way, and removes it at the end. */
export async function temporaryApp(
  files: Readonly<Record<string, string>>,
  atEnd: (cleanup: () => Promise<void>) => void,
): Promise<string> {
  const root = await temporaryDirectory();
  atEnd(() => removeDirectory(root));
  await symlink(NODE_MODULES, path.join(root, "node_modules"));
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return root;
}
