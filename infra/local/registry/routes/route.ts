import type { IncomingMessage } from "node:http";

import type { RepositoryAction, Scope } from "../auth/scope.ts";
import type { Answer } from "../http/answer.ts";

export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

/** One request, read as far as its address. */
export interface Call {
  readonly request: IncomingMessage;
  readonly path: string;
  readonly query: URLSearchParams;
  /** What the pattern's groups of these names matched; empty where it has none. The repository has passed its grammar. */
  readonly repository: string;
  readonly reference: string;
}

/** `nothing`: open to all. `identity`: any valid token. `catalog`: ACR's `registry:catalog:*`. */
export type Need = "nothing" | "identity" | "catalog" | readonly RepositoryAction[];

export interface Operation {
  readonly needs: Need;
  /** Scopes of other repositories that the query names. */
  readonly alsoNeeds?: (call: Call) => readonly Scope[];
  /** @throws {RegistryError} */
  readonly handle: (call: Call) => Answer | Promise<Answer>;
}

export interface Route {
  /** On the decoded path; groups: `repository`, `reference`. */
  readonly pattern: RegExp;
  readonly operations: Readonly<Partial<Record<Method, Operation>>>;
}
