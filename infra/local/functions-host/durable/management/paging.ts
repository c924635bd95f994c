import type { ManagementRequest } from "./management-context.ts";

/** Both ways: what the answer has in it comes back with the request for the next page. */
export const CONTINUATION_HEADER = "x-ms-continuation-token";

/** @returns the id behind which the page begins */
export function continuationOf({ headers }: ManagementRequest): string | undefined {
  const token = headers[CONTINUATION_HEADER];
  if (typeof token !== "string" || token === "") return undefined;
  return Buffer.from(token, "base64url").toString();
}

/** @param found as many as fit on a page, and one more if there is a next page */
export function toPage<Item extends { readonly id: string }>(
  found: readonly Item[],
  size: number,
): { readonly page: readonly Item[]; readonly token: string } {
  const page = found.slice(0, size);
  const last = page.at(-1);
  const hasMore = found.length > page.length && last !== undefined;
  return { page, token: hasMore ? Buffer.from(last.id).toString("base64url") : "" };
}
