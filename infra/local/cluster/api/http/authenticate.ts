import { timingSafeEqual } from "node:crypto";
import { createHash } from "node:crypto";

import { createRemoteJWKSet, jwtVerify } from "jose";

import { unauthorized } from "../api-error.ts";

export interface TokenIssuer {
  /** Where the keys are that sign tokens. */
  readonly jwksUrl: string;
  readonly audience: string;
  /** If given, the only `iss` that is taken. */
  readonly issuer?: string | undefined;
}

export interface Identity {
  readonly user: string;
  /** Spared from outages: the person who runs the stand-in, and its node. */
  readonly isAdmin: boolean;
}

export type Authenticate = (authorization: string | undefined) => Promise<Identity>;

const ADMIN: Identity = { user: "kubernetes-admin", isAdmin: true };

/** Takes one static token, and the signed tokens of an issuer. */
export function createAuthentication(adminToken: string, issuer?: TokenIssuer): Authenticate {
  const keys = issuer && createRemoteJWKSet(new URL(issuer.jwksUrl));

  return async (authorization) => {
    const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) throw unauthorized();
    if (isSameSecret(token, adminToken)) return ADMIN;
    if (!keys || !issuer) throw unauthorized();
    try {
      const { payload } = await jwtVerify(token, keys, {
        audience: issuer.audience,
        ...(issuer.issuer !== undefined && { issuer: issuer.issuer }),
      });
      return { user: payload.sub ?? "", isAdmin: false };
    } catch {
      throw unauthorized();
    }
  };
}

function isSameSecret(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
