import type { Page } from "../../shared/ports/requests.ts";

const PAGES_AT_MOST = 10_000;
const AT_ONCE = 25;

/** Reads page after page to the end. */
export async function walk<Row>(
  page: (next: string | undefined) => Promise<Page<Row>>,
): Promise<(readonly Row[])[]> {
  const pages: (readonly Row[])[] = [];
  let next: string | undefined;
  do {
    const read = await page(next);
    pages.push(read.rows);
    next = read.next;
  } while (next !== undefined && pages.length < PAGES_AT_MOST);
  return pages;
}

export async function inBatches<Item>(
  items: readonly Item[],
  action: (item: Item) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < items.length; start += AT_ONCE) {
    await Promise.all(items.slice(start, start + AT_ONCE).map(action));
  }
}
