import { isRepository } from "../names.ts";

/** What a token is for: `repository:adapters/support:pull,push`, `registry:catalog:*`. */
export interface Scope {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** The actions of a repository in ACR's words; `*` in a token stands for all of them. */
export type RepositoryAction = "pull" | "push" | "delete" | "metadata_read" | "metadata_write";

export const CATALOG: Scope = { type: "registry", name: "catalog", actions: ["*"] };

export function repositoryScope(name: string, actions: readonly RepositoryAction[]): Scope {
  return { type: "repository", name, actions };
}

export function formatScopes(scopes: readonly Scope[]): string {
  return scopes.map(({ type, name, actions }) => `${type}:${name}:${actions.join(",")}`).join(" ");
}

/** Reads the `scope` parameters of a token request; what is no scope is left out, and so is not granted. */
export function parseScopes(parameters: readonly string[]): Scope[] {
  return parameters.flatMap((text) => text.split(" ")).flatMap((text) => parseScope(text) ?? []);
}

function parseScope(text: string): Scope | undefined {
  const [, type = "", name = "", actions = ""] = /^([a-z]+):(.+):([a-z_,*]+)$/.exec(text) ?? [];
  const isKnown = type === "registry" || (type === "repository" && isRepository(name));
  return isKnown ? { type, name, actions: actions.split(",") } : undefined;
}

export function covers(granted: readonly Scope[], needed: Scope): boolean {
  const same = granted.filter(({ type, name }) => type === needed.type && name === needed.name);
  const actions = new Set(same.flatMap((scope) => scope.actions));
  return actions.has("*") || needed.actions.every((action) => actions.has(action));
}
