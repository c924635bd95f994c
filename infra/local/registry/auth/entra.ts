import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import { z } from "zod";

import { RegistryError } from "../registry-error.ts";
import { unauthorized } from "./unauthorized.ts";

export interface TokenIssuer {
  /** Where the keys are that sign tokens. */
  readonly jwksUrl: string;
  /** Default: https://containerregistry.azure.net, which the Azure SDK asks for. */
  readonly audience?: string | undefined;
}

/** Finds out who sent an Entra access token. */
export type VerifyEntraToken = (token: string) => Promise<string>;

const AUDIENCE = "https://containerregistry.azure.net";
const ALGORITHMS = ["RS256", "PS256", "ES256"];

/** Entra names an identity by `oid`; `sub` differs from application to application. */
const Claims = z.object({ oid: z.string().optional(), sub: z.string() });

/**
 * @throws {RegistryError} from the function returned: 401 if the token is not to be trusted, 503 if
 *   the issuer's keys cannot be had, because then nobody knows
 */
export function createEntraVerification(issuer: TokenIssuer | undefined): VerifyEntraToken {
  if (!issuer) {
    return async () => {
      throw unauthorized({ detail: "this registry was started without a token issuer" });
    };
  }
  const keys = createRemoteJWKSet(new URL(issuer.jwksUrl));
  const audience = (issuer.audience ?? AUDIENCE).replace(/\/$/, "");

  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ALGORITHMS,
        audience: [audience, `${audience}/`],
        requiredClaims: ["exp", "sub"],
      });
      const { oid, sub } = Claims.parse(payload);
      return oid ?? sub;
    } catch (error) {
      if (isAboutTheToken(error)) throw unauthorized({ cause: error });
      throw new RegistryError(503, "UNAVAILABLE", `no keys from ${issuer.jwksUrl}`, {
        cause: error,
      });
    }
  };
}

function isAboutTheToken(error: unknown): boolean {
  if (error instanceof z.ZodError) return true;
  const isAboutKeys =
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    !(error instanceof errors.JOSEError) ||
    // The plain class is what the library throws when the answer of the issuer is not 200 or not JSON.
    error.code === "ERR_JOSE_GENERIC";
  return !isAboutKeys;
}
