import type { IncomingMessage } from "node:http";

import type { RegistryError } from "../registry-error.ts";
import type { Principals } from "./principals.ts";
import { covers, formatScopes, type Scope } from "./scope.ts";
import type { Tokens } from "./tokens.ts";
import { unauthorized } from "./unauthorized.ts";

/** @throws {RegistryError} 401 with the challenge that tells a client which token to get */
export type Gate = (request: IncomingMessage, needed: readonly Scope[]) => Promise<void>;

export interface GateOptions {
  readonly tokens: Pick<Tokens, "readAccessToken">;
  readonly principals: Pick<Principals, "fromBasic">;
  readonly service: string;
}

export function createGate({ principals, service, tokens }: GateOptions): Gate {
  return async (request, needed) => {
    const { authorization } = request.headers;
    if (await principals.fromBasic(authorization)) return;

    const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
    const granted = token === undefined ? undefined : await tokens.readAccessToken(token);
    if (granted && needed.every((scope) => covers(granted, scope))) return;

    const problem = granted ? "insufficient_scope" : "invalid_token";
    throw challenge(request, {
      service,
      needed,
      ...(authorization !== undefined && { problem }),
    });
  };
}

interface Challenge {
  readonly service: string;
  readonly needed: readonly Scope[];
  readonly problem?: string;
}

function challenge(
  request: IncomingMessage,
  { needed, problem, service }: Challenge,
): RegistryError {
  const parameters = {
    realm: `https://${hostOf(request) ?? service}/oauth2/token`,
    service,
    // The Azure SDK insists on a scope; where none is needed (GET /v2/) ACR sends none either.
    ...(needed.length > 0 && { scope: formatScopes(needed) }),
    ...(problem !== undefined && { error: problem }),
  };
  const text = Object.entries(parameters).map(([key, value]) => `${key}="${value}"`);
  return unauthorized({
    headers: { "www-authenticate": `Bearer ${text.join(",")}` },
    detail: needed.map(({ type, name, actions }) => ({
      Type: type,
      Name: name,
      Action: actions.join(","),
    })),
  });
}

/** By the name that the client used: in a pod, localhost is not this machine. */
function hostOf(request: IncomingMessage): string | undefined {
  const { host } = request.headers;
  return host !== undefined && /^(?:[\w.-]+|\[[\da-f:]+\])(?::\d{1,5})?$/i.test(host)
    ? host
    : undefined;
}
