import { createHash, timingSafeEqual } from "node:crypto";

import type { Scope } from "./scope.ts";
import type { Tokens } from "./tokens.ts";

/** Who asks. Whoever has a name may do everything, as an ACR admin user; anonymous may pull at most. */
export interface Principal {
  readonly name: string;
  readonly isAnonymous: boolean;
}

export interface Principals {
  /** From user name and password: of a user, or ACR's null GUID with a refresh token as password. */
  fromPassword(name: string, password: string): Promise<Principal | undefined>;
  /** From an `Authorization: Basic` header. */
  fromBasic(header: string | undefined): Promise<Principal | undefined>;
  fromRefreshToken(token: string): Promise<Principal | undefined>;
  /** @returns `undefined` if this registry gives nothing to strangers */
  anonymous(): Principal | undefined;
}

/** The user name that goes with a token (`az acr login --expose-token`). */
const TOKEN_USER = "00000000-0000-0000-0000-000000000000";

export interface PrincipalsOptions {
  readonly users: Readonly<Record<string, string>>;
  readonly anonymousPull: boolean;
  readonly tokens: Pick<Tokens, "readRefreshToken">;
}

export function createPrincipals({ anonymousPull, tokens, users }: PrincipalsOptions): Principals {
  const passwords = new Map(Object.entries(users));

  async function fromRefreshToken(token: string): Promise<Principal | undefined> {
    const name = await tokens.readRefreshToken(token);
    return name === undefined ? undefined : { name, isAnonymous: false };
  }

  async function fromPassword(name: string, password: string): Promise<Principal | undefined> {
    if (name === TOKEN_USER) return fromRefreshToken(password);
    const expected = passwords.get(name);
    const isRight = expected !== undefined && isSameSecret(password, expected);
    return isRight ? { name, isAnonymous: false } : undefined;
  }

  return {
    fromPassword,
    fromRefreshToken,
    async fromBasic(header) {
      const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? "")?.[1];
      if (encoded === undefined) return undefined;
      const [name = "", ...password] = Buffer.from(encoded, "base64").toString("utf8").split(":");
      return fromPassword(name, password.join(":"));
    },
    anonymous: () => (anonymousPull ? { name: "anonymous", isAnonymous: true } : undefined),
  };
}

/** What of the wishes this principal gets; the rest is left out without a word, as in Docker's protocol. */
export function grant({ isAnonymous }: Principal, wishes: readonly Scope[]): readonly Scope[] {
  if (!isAnonymous) return wishes;
  return wishes
    .filter(({ type }) => type === "repository")
    .map((scope) => ({ ...scope, actions: scope.actions.filter((name) => FOR_ALL.has(name)) }))
    .filter(({ actions }) => actions.length > 0);
}

const FOR_ALL = new Set(["pull", "metadata_read"]);

/** Compares digests, so that neither the time taken nor the lengths tell anything. */
function isSameSecret(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
