import { type HostKeys, isOneOf } from "./keys.ts";
import type { Visit } from "./visit.ts";

export interface GateOptions {
  readonly keys: HostKeys;
  /**
   * As with Core Tools, a host on the loopback address asks nobody for a key unless it was told to
   * (`func start --enableAuth`).
   */
  readonly areKeysNeeded: boolean;
}

export type AuthLevel = "anonymous" | "function" | "admin";

/** Decides who may call what. A key that is given and wrong is as good as none. */
export class Gate {
  readonly #keys: HostKeys;
  readonly #areKeysNeeded: boolean;

  constructor({ keys, areKeysNeeded }: GateOptions) {
    this.#keys = keys;
    this.#areKeysNeeded = areKeysNeeded;
  }

  admitsToFunction(visit: Visit, level: AuthLevel): boolean {
    if (level === "anonymous" || !this.#areKeysNeeded) return true;
    const { master, function: ofFunctions } = this.#keys;
    return hasKey(visit, level === "admin" ? [master] : [master, ofFunctions]);
  }

  admitsToAdmin(visit: Visit): boolean {
    return this.#admitsToHost(visit, [this.#keys.master]);
  }

  admitsToWebhooks(visit: Visit): boolean {
    return this.#admitsToHost(visit, [this.#keys.master, this.#keys.system]);
  }

  /** Where no key is needed, the pages that this machine's browsers show have no business here either. */
  #admitsToHost(visit: Visit, keys: readonly string[]): boolean {
    return hasKey(visit, keys) || (!this.#areKeysNeeded && !mayComeFromWebPage(visit));
  }
}

function hasKey({ incoming, url }: Visit, keys: readonly string[]): boolean {
  const header = incoming.headers["x-functions-key"];
  const given = typeof header === "string" ? header : url.searchParams.get("code");
  return isOneOf(given ?? undefined, keys);
}

/** A page names itself in `Origin`, and one that made its own name point here still names that in `Host`. */
function mayComeFromWebPage({ incoming, url }: Visit): boolean {
  const { origin } = incoming.headers;
  return (origin !== undefined && origin !== url.origin) || !isLoopbackName(url.hostname);
}

/** @param name an address or a name, with or without the brackets of a URL */
export function isLoopbackName(name: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(name);
}
