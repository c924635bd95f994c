import { z } from "zod";

/** What may be done with a repository, a manifest or a tag: ACR's locks, each on its own. */
export const Attributes = z.object({
  deleteEnabled: z.boolean(),
  writeEnabled: z.boolean(),
  readEnabled: z.boolean(),
  listEnabled: z.boolean(),
});
export type Attributes = z.infer<typeof Attributes>;

export const UNLOCKED: Attributes = {
  deleteEnabled: true,
  writeEnabled: true,
  readEnabled: true,
  listEnabled: true,
};

export interface Lockable {
  readonly attributes: Attributes;
}

export function isWriteLocked(thing: Lockable | undefined): boolean {
  return thing?.attributes.writeEnabled === false;
}

/** Without the right to write, nothing can be deleted either (Azure/acr#561). */
export function isDeleteLocked(thing: Lockable | undefined): boolean {
  return isWriteLocked(thing) || thing?.attributes.deleteEnabled === false;
}
