import type { IncomingMessage } from "node:http";

import type { VerifyEntraToken } from "../auth/entra.ts";
import { grant, type Principal, type Principals } from "../auth/principals.ts";
import { parseScopes } from "../auth/scope.ts";
import type { Tokens } from "../auth/tokens.ts";
import { unauthorized } from "../auth/unauthorized.ts";
import { type Answer, jsonAnswer } from "../http/answer.ts";
import { readForm } from "../http/read-body.ts";
import { RegistryError } from "../registry-error.ts";
import type { Call, Route } from "./route.ts";

export interface TokenRoutesOptions {
  readonly principals: Principals;
  readonly service: string;
  readonly tokens: Tokens;
  readonly verifyEntraToken: VerifyEntraToken;
}

/**
 * The two token endpoints of ACR (github.com/Azure/acr, docs/AAD-OAuth.md):
 *
 *     Entra access token --exchange--> refresh token --token--> access token for scopes
 *
 * and Docker's own `GET /oauth2/token` with Basic credentials, which oras and skopeo use.
 */
export function tokenRoutes(options: TokenRoutesOptions): Route[] {
  const { principals, service, tokens, verifyEntraToken } = options;

  async function exchange({ request }: Call): Promise<Answer> {
    const form = await readForm(request);
    checkService(form, service);
    if (form.get("grant_type") !== "access_token") {
      throw new RegistryError(400, "UNSUPPORTED", "grant_type must be access_token");
    }
    const subject = await verifyEntraToken(form.get("access_token") ?? "");
    return jsonAnswer(200, { refresh_token: await tokens.refreshToken(subject) });
  }

  async function issue(principal: Principal | undefined, wishes: URLSearchParams) {
    checkService(wishes, service);
    if (!principal) throw unauthorized();
    const scopes = grant(principal, parseScopes(wishes.getAll("scope")));
    const token = await tokens.accessToken(principal.name, scopes);
    // Docker's clients read `token`, ACR's read `access_token`.
    return jsonAnswer(200, { access_token: token, token });
  }

  return [
    {
      pattern: /^\/oauth2\/exchange$/,
      operations: { POST: { needs: "nothing", handle: exchange } },
    },
    {
      pattern: /^\/oauth2\/token$/,
      operations: {
        GET: {
          needs: "nothing",
          handle: async ({ query, request }) => issue(await fromHeader(request, principals), query),
        },
        POST: {
          needs: "nothing",
          async handle({ request }) {
            const form = await readForm(request);
            return issue(await fromForm(form, principals), form);
          },
        },
      },
    },
  ];
}

/** Wrong credentials do not fall back to anonymous: the client would wonder why it may not push. */
async function fromHeader(
  { headers: { authorization } }: IncomingMessage,
  principals: Principals,
): Promise<Principal | undefined> {
  return authorization === undefined ? principals.anonymous() : principals.fromBasic(authorization);
}

async function fromForm(
  form: URLSearchParams,
  principals: Principals,
): Promise<Principal | undefined> {
  const kind = form.get("grant_type");
  if (kind === "refresh_token") {
    return principals.fromRefreshToken(form.get("refresh_token") ?? "");
  }
  if (kind === "password") {
    const name = form.get("username") ?? "";
    // The Azure SDK without a credential sends neither name nor password.
    if (name === "") return principals.anonymous();
    return principals.fromPassword(name, form.get("password") ?? "");
  }
  throw new RegistryError(400, "UNSUPPORTED", "grant_type must be refresh_token or password");
}

function checkService(parameters: URLSearchParams, service: string): void {
  const asked = parameters.get("service");
  if (asked === service) return;
  throw new RegistryError(400, "UNSUPPORTED", `service must be ${service}`, {
    detail: { service: asked },
  });
}
