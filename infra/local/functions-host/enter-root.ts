import { UsageError } from "../program/usage-error.ts";

/**
 * Workers run in the app's directory, and apps read files relative to it.
 *
 * @throws {UsageError} if there is no such directory
 */
export function enterRoot(root: string): void {
  try {
    process.chdir(root);
  } catch (error) {
    throw new UsageError(`The directory ${root} cannot be entered. Choose the app with --root.`, {
      cause: error,
    });
  }
}
