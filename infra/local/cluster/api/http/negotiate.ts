import { ApiError } from "../api-error.ts";

export type Representation = "object" | "table" | "metadata";

const JSON_TYPES = new Set(["application/json", "application/*", "*/*"]);

const REPRESENTATIONS: ReadonlyMap<string, Representation> = new Map([
  ["", "object"],
  ["Table", "table"],
  ["PartialObjectMetadata", "metadata"],
  ["PartialObjectMetadataList", "metadata"],
]);

/**
 * Which representation a client wants.
 *
 * @throws {ApiError} 406 if it takes none that there is (protobuf only, say)
 */
export function negotiate(accept: string | undefined): Representation {
  for (const choice of (accept ?? "*/*").split(",")) {
    const [type = "", ...parameters] = choice.split(";").map((part) => part.trim());
    const as = parameters.find((each) => each.startsWith("as="))?.slice(3) ?? "";
    const representation = JSON_TYPES.has(type) ? REPRESENTATIONS.get(as) : undefined;
    if (representation) return representation;
  }
  throw new ApiError(
    406,
    "NotAcceptable",
    "only the following media types are accepted: application/json",
  );
}
