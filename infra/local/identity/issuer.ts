import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomUUID,
} from "node:crypto";
import { promisify } from "node:util";

import { calculateJwkThumbprint, exportJWK, type JSONWebKeySet, SignJWT } from "jose";

/** Who a token is for: a user-assigned managed identity in a tenant. */
export interface Principal {
  readonly tenantId: string;
  readonly clientId: string;
  /** The object id, which roles are bound to. */
  readonly principalId: string;
}

export interface IssuedToken {
  readonly token: string;
  /** Seconds since 1970. */
  readonly expiresOn: number;
}

/** Signs tokens as Entra does for managed identities: RS256, version 1.0 claims. */
export interface Issuer {
  readonly keySet: JSONWebKeySet;
  issue(principal: Principal, resource: string): Promise<IssuedToken>;
}

const ALGORITHM = "RS256";
const MODULUS_BITS = 2048;
/** Entra dates tokens back, so that a verifier whose clock is a little late takes them. */
const CLOCK_SKEW_S = 300;

/** @param key PEM of an RSA private key */
export async function createIssuer(key: string, lifetimeSeconds: number): Promise<Issuer> {
  const privateKey = createPrivateKey(key);
  const publicKey = await publicJwk(privateKey);

  return {
    keySet: { keys: [publicKey] },
    async issue({ clientId, principalId, tenantId }, resource) {
      const now = Math.floor(Date.now() / 1000);
      const expiresOn = now + lifetimeSeconds;
      const token = await new SignJWT({
        appid: clientId,
        appidacr: "2",
        idtyp: "app",
        oid: principalId,
        tid: tenantId,
        uti: randomUUID(),
        ver: "1.0",
      })
        .setProtectedHeader({ alg: ALGORITHM, typ: "JWT", kid: publicKey.kid })
        // azurite: common/utils/constants.ts VALID_ISSUE_PREFIXES takes no other host.
        .setIssuer(`https://sts.windows.net/${tenantId}/`)
        .setSubject(principalId)
        .setAudience(resource)
        .setIssuedAt(now)
        .setNotBefore(now - CLOCK_SKEW_S)
        .setExpirationTime(expiresOn)
        .sign(privateKey);
      return { token, expiresOn };
    },
  };
}

/** @returns PEM */
export async function generateIssuerKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: MODULUS_BITS });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

async function publicJwk(privateKey: KeyObject) {
  const jwk = await exportJWK(createPublicKey(privateKey));
  const kid = await calculateJwkThumbprint(jwk);
  return { ...jwk, kid, use: "sig", alg: ALGORITHM };
}
