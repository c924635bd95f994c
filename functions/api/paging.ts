import { z } from "zod";

import { PageQuery } from "../../shared/contracts/http-api.ts";
import { invalid } from "./api-error.ts";

/** Functions takes its key from the query too; the host has checked it. */
const Query = PageQuery.extend({ code: z.string().optional() });

/** @throws {ApiFailure} `INVALID` if a query value is not what it should be, or is not known */
export function readPage(query: URLSearchParams): z.infer<typeof PageQuery> {
  const parsed = Query.safeParse(Object.fromEntries(query));
  if (parsed.success) return parsed.data;
  throw invalid("query", parsed.error);
}
