import { closeSync, fsyncSync, openSync } from "node:fs";

/** Makes a rename survive a power cut: on ext4 and xfs the new name is in the directory's own data. */
export function syncDirectory(directory: string): void {
  // Windows neither opens directories nor needs it.
  if (process.platform === "win32") return;
  const handle = openSync(directory, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
