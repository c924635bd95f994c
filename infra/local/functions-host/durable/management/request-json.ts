import { RefusedOperation } from "./client-operations.ts";

/**
 * @returns the body as compact JSON text
 * @throws {RefusedOperation} if it is not JSON
 */
export function readJsonText(body: Buffer): string {
  try {
    return JSON.stringify(JSON.parse(body.toString("utf8")));
  } catch {
    throw new RefusedOperation(400, "Invalid JSON content");
  }
}
