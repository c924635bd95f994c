import type { IncomingMessage } from "node:http";

import { readDocument } from "../http/read-body.ts";
import { RegistryError } from "../registry-error.ts";
import { Attributes } from "../store/attributes.ts";

const Change = Attributes.partial();

/**
 * Reads the body of a PATCH, which names only what changes.
 *
 * @throws {RegistryError}
 */
export async function readAttributes(
  request: IncomingMessage,
): Promise<(before: Attributes) => Attributes> {
  const change = Change.safeParse(await readDocument(request));
  if (!change.success) {
    throw new RegistryError(
      400,
      "UNSUPPORTED",
      "the body may set deleteEnabled, writeEnabled, readEnabled and listEnabled to true or false",
    );
  }
  const { deleteEnabled, listEnabled, readEnabled, writeEnabled } = change.data;
  return (before) => ({
    deleteEnabled: deleteEnabled ?? before.deleteEnabled,
    writeEnabled: writeEnabled ?? before.writeEnabled,
    readEnabled: readEnabled ?? before.readEnabled,
    listEnabled: listEnabled ?? before.listEnabled,
  });
}
