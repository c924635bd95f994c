import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";

export const AUDIENCE = "https://containerregistry.azure.net";

export interface Issuer {
  readonly jwksUrl: string;
  /** Signs as Entra would. */
  token(change?: TokenChange): Promise<string>;
  stop(): void;
}

export interface TokenChange {
  readonly audience?: string;
  readonly expiresInSeconds?: number;
  /** Signs with this key, and still says that it was the published one. */
  readonly key?: CryptoKey;
}

/** An Entra stand-in: publishes one key and signs with it. */
export async function startIssuer(): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const keys = [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256", use: "sig" }];
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify({ keys }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  return {
    jwksUrl: `http://127.0.0.1:${port}/keys`,
    async token({ audience = AUDIENCE, expiresInSeconds = 600, key = privateKey } = {}) {
      return new SignJWT({ oid: "the-managed-identity" })
        .setProtectedHeader({ alg: "RS256", kid: "k1" })
        .setSubject("subject")
        .setAudience(audience)
        .setExpirationTime(Math.floor(Date.now() / 1000) + expiresInSeconds)
        .sign(key);
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
