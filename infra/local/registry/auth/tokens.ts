import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { jwtVerify, SignJWT } from "jose";
import { z } from "zod";

import type { Scope } from "./scope.ts";

export interface TokenLifetimes {
  /** ACR: about three hours. */
  readonly refreshSeconds: number;
  /** ACR: 75 minutes. */
  readonly accessSeconds: number;
}

export const ACR_LIFETIMES: TokenLifetimes = { refreshSeconds: 3 * 3600, accessSeconds: 4500 };

/** Signs the registry's own two kinds of tokens and takes nothing but them. */
export interface Tokens {
  refreshToken(subject: string): Promise<string>;
  accessToken(subject: string, access: readonly Scope[]): Promise<string>;
  /** @returns whose it is, `undefined` for anything but a valid refresh token of this registry */
  readRefreshToken(token: string): Promise<string | undefined>;
  /** @returns what it grants, `undefined` for anything but a valid access token of this registry */
  readAccessToken(token: string): Promise<readonly Scope[] | undefined>;
}

export interface TokensOptions {
  readonly key: Uint8Array;
  /** The audience: a token of one registry is worth nothing at another. */
  readonly service: string;
  readonly lifetimes: TokenLifetimes;
}

/** ACR signs with RS256; nobody but the registry reads its tokens, so the algorithm is its own affair. */
const ALGORITHM = "HS256";
const ISSUER = "Azure Container Registry";

const RefreshClaims = z.object({ sub: z.string(), grant_type: z.literal("refresh_token") });
const AccessClaims = z.object({
  sub: z.string(),
  grant_type: z.literal("access_token"),
  access: z.array(
    z.object({ type: z.string(), name: z.string(), actions: z.array(z.string()).readonly() }),
  ),
});

export function createTokens({ key, lifetimes, service }: TokensOptions): Tokens {
  async function sign(subject: string, seconds: number, claims: object): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ version: "1.0", ...claims })
      .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
      .setSubject(subject)
      .setIssuer(ISSUER)
      .setAudience(service)
      .setIssuedAt(now)
      .setExpirationTime(now + seconds)
      .sign(key);
  }

  async function read<Claims>(token: string, schema: z.ZodType<Claims>) {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: service,
        requiredClaims: ["exp", "sub"],
      });
      return schema.safeParse(payload).data;
    } catch {
      return undefined;
    }
  }

  return {
    refreshToken: async (subject) =>
      sign(subject, lifetimes.refreshSeconds, {
        grant_type: "refresh_token",
        permissions: { actions: ["read", "write", "delete"] },
      }),
    accessToken: async (subject, access) =>
      sign(subject, lifetimes.accessSeconds, { grant_type: "access_token", access }),
    readRefreshToken: async (token) => (await read(token, RefreshClaims))?.sub,
    readAccessToken: async (token) => (await read(token, AccessClaims))?.access,
  };
}

const KEY_BYTES = 32;

/** The key outlives a restart, because pull secrets in a cluster hold refresh tokens for hours. */
export function keepTokenKey(directory: string): Uint8Array {
  const file = path.join(directory, "token-key");
  if (existsSync(file)) {
    const kept = readFileSync(file);
    if (kept.length === KEY_BYTES) return kept;
  }
  const made = randomBytes(KEY_BYTES);
  writeFileSync(file, made, { mode: 0o600 });
  return made;
}
