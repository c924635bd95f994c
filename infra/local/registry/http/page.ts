import { RegistryError } from "../registry-error.ts";

/** An item of a list, and where it stands in it. */
export interface Entry<Item> {
  readonly item: Item;
  /** Unique in the list. */
  readonly name: string;
  readonly updatedAt?: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** `link`, if there is more. */
  readonly headers: Readonly<Record<string, string>>;
}

type Order = "" | "timeasc" | "timedesc";

const MAX_PAGE = 1000;

/**
 * Cuts the page that `n`, `last` and `orderby` ask for.
 *
 * A page begins after a position and not after an item, so that a client may delete what it has listed
 * before it asks for more. By time, that needs the time of the last item too: the link carries it.
 *
 * @param path for the link, which is relative because the Azure SDK takes nothing else
 */
export function cutPage<Item>(
  entries: readonly Entry<Item>[],
  query: URLSearchParams,
  path: string,
  usualLength = MAX_PAGE,
): Page<Item> {
  const order = readOrder(query);
  const length = readLength(query, usualLength);
  const sorted = entries.toSorted((left, right) => compare(left, right, order));
  const after = readCursor(query, entries);
  const rest = after ? sorted.filter((entry) => compare(entry, after, order) > 0) : sorted;
  const page = rest.slice(0, length);
  const end = page.at(-1);
  const headers = end && rest.length > page.length ? linkTo(path, end, length, order) : {};
  return { items: page.map(({ item }) => item), headers };
}

type Position = Pick<Entry<unknown>, "name" | "updatedAt">;

function compare(left: Position, right: Position, order: Order): number {
  if (order === "") return compareText(left.name, right.name);
  const ascending =
    compareText(left.updatedAt ?? "", right.updatedAt ?? "") || compareText(left.name, right.name);
  return order === "timedesc" ? -ascending : ascending;
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function readLength(query: URLSearchParams, usual: number): number {
  const text = query.get("n");
  if (text === null) return usual;
  if (!/^\d{1,9}$/.test(text)) {
    throw new RegistryError(400, "PAGINATION_NUMBER_INVALID", "n is not a number of results", {
      detail: { n: text },
    });
  }
  return Math.min(Number(text), MAX_PAGE);
}

function readOrder(query: URLSearchParams): Order {
  const order = query.get("orderby") ?? "";
  if (order === "timeasc" || order === "timedesc") return order;
  return "";
}

function readCursor(
  query: URLSearchParams,
  entries: readonly Entry<unknown>[],
): Position | undefined {
  const name = query.get("last");
  if (name === null || name === "") return undefined;
  const time = query.get("time") ?? entries.find((entry) => entry.name === name)?.updatedAt;
  return time === undefined ? { name } : { name, updatedAt: time };
}

function linkTo(
  path: string,
  { name, updatedAt }: Position,
  length: number,
  order: Order,
): Record<string, string> {
  const query = new URLSearchParams({ last: name, n: String(length) });
  if (order !== "") query.set("orderby", order);
  if (order !== "" && updatedAt !== undefined) query.set("time", updatedAt);
  return { link: `<${encodeURI(path)}?${query.toString()}>; rel="next"` };
}
