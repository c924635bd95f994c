import { randomUUID } from "node:crypto";

/** An instance or execution id, written as .NET's `Guid.ToString("N")`. */
export function newId(): string {
  return randomUUID().replaceAll("-", "");
}
