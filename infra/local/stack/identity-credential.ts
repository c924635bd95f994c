import type { AccessToken, TokenCredential } from "@azure/core-auth";
import { z } from "zod";

import type { Identity } from "../identity/start-identity.ts";

const TokenAnswer = z.object({ access_token: z.string(), expires_on: z.coerce.number() });

/**
 * Tokens for the stack's own programs, from its own identity. `@azure/identity` would look for the
 * endpoint in the environment of this process, which may be that of somebody who works with Azure.
 */
export function identityCredential({
  clientId,
  endpoint,
  header,
}: Pick<Identity, "clientId" | "endpoint" | "header">): TokenCredential {
  return {
    async getToken(scopes): Promise<AccessToken> {
      const [scope = ""] = typeof scopes === "string" ? [scopes] : scopes;
      const url = new URL(endpoint);
      url.searchParams.set("api-version", "2019-08-01");
      url.searchParams.set("resource", scope.replace(/\/\.default$/, ""));
      url.searchParams.set("client_id", clientId);
      const response = await fetch(url, { headers: { "X-IDENTITY-HEADER": header } });
      if (!response.ok) throw new Error(`The identity endpoint answered ${response.status}`);
      const { access_token: token, expires_on: seconds } = TokenAnswer.parse(await response.json());
      return { token, expiresOnTimestamp: seconds * 1000 };
    },
  };
}
