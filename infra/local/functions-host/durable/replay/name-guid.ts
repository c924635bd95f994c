import { createHash } from "node:crypto";

/** A UUID of version 5 made from a name: the same name, the same UUID. */
export function guidFromName(name: string): string {
  const digest = createHash("sha1").update(name).digest("hex");
  const variant = ((Number.parseInt(digest.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `5${digest.slice(13, 16)}`,
    `${variant}${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join("-");
}
