import { z } from "zod";

import { Name } from "../../shared/domain/pipeline/fields.ts";
import { ApiFailure } from "./api-error.ts";

const Query = z.strictObject({
  pipeline: Name.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  next: z.string().max(2000).optional(),
  /** Functions takes its key from here too; the host has checked it. */
  code: z.string().optional(),
});

/** @throws {ApiFailure} `INVALID` if a query value is not what it should be, or is not known */
export function readPage(query: URLSearchParams): Omit<z.infer<typeof Query>, "code"> {
  const parsed = Query.safeParse(Object.fromEntries(query));
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map(
    ({ path, message }) => `${path.join(".") || "query"}: ${message}`,
  );
  throw new ApiFailure("INVALID", "The query is not valid", details);
}
