import { RegistryError } from "../registry-error.ts";

export interface RequestTarget {
  /** Decoded once: `a%2Fb` is `a/b`, as the Azure SDK sends repository names. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/**
 * Splits a request's target without the normalisation of `new URL`, which would turn `/v2/x/../y`
 * into another repository's path; here such a name fails the grammar of names.
 *
 * @throws {RegistryError} if its escapes are broken
 */
export function parseTarget(target: string): RequestTarget {
  const [rawPath = "", ...rest] = target.split("?");
  try {
    return { path: decodeURIComponent(rawPath), query: new URLSearchParams(rest.join("?")) };
  } catch (error) {
    throw new RegistryError(400, "NAME_INVALID", "the path has a broken %-escape", {
      cause: error,
    });
  }
}
