import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

import type { Issuer, Principal } from "./issuer.ts";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface TokenEndpoint {
  readonly issuer: Issuer;
  readonly principal: Principal;
  /** What `X-IDENTITY-HEADER` must be: the proof that the request does not come from outside the app. */
  readonly header: string;
}

const API_VERSION = "2019-08-01";
const MAX_RESOURCE_LENGTH = 512;

/** An identity is named by one of these, or not at all for the system-assigned one. */
const NAMES_OF_IDENTITY = ["client_id", "principal_id", "object_id", "mi_res_id", "msi_res_id"];

/** App Service's own words; SDKs and people search for them. */
const NO_SUCH_IDENTITY =
  "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.";

/**
 * Answers one request for a token, as App Service's endpoint does:
 * https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 */
export async function answerTokenRequest(
  request: IncomingMessage,
  query: URLSearchParams,
  { header, issuer, principal }: TokenEndpoint,
): Promise<Answer> {
  if (!isSameSecret(request.headers["x-identity-header"], header)) {
    return failure(401, "The X-IDENTITY-HEADER header is missing or wrong: send IDENTITY_HEADER.");
  }
  const problem = findProblem(query, principal);
  if (problem !== undefined) return failure(400, problem);

  const resource = query.get("resource") ?? "";
  const { expiresOn, token } = await issuer.issue(principal, resource);
  return {
    status: 200,
    body: {
      access_token: token,
      client_id: principal.clientId,
      // Text, and not a number: SDKs parse it.
      expires_on: String(expiresOn),
      resource,
      token_type: "Bearer",
    },
  };
}

function findProblem(query: URLSearchParams, principal: Principal): string | undefined {
  const version = query.get("api-version");
  if (version !== API_VERSION) {
    return `The api-version '${version ?? ""}' is not supported: use ${API_VERSION}.`;
  }
  const resource = query.get("resource");
  if (!resource) return "The query parameter 'resource' is missing: name what the token is for.";
  if (resource.length > MAX_RESOURCE_LENGTH) return "The query parameter 'resource' is too long.";
  return isNamed(query, principal) ? undefined : NO_SUCH_IDENTITY;
}

/** There is one identity, a user-assigned one: it must be named, as in Azure. */
function isNamed(query: URLSearchParams, { clientId, principalId }: Principal): boolean {
  const given = NAMES_OF_IDENTITY.filter((name) => query.has(name));
  if (given.length !== 1) return false;
  const [name = ""] = given;
  const expected = name === "client_id" ? clientId : principalId;
  return query.get(name)?.toLowerCase() === expected;
}

function failure(statusCode: number, message: string): Answer {
  return { status: statusCode, body: { statusCode, message, correlationId: randomUUID() } };
}

/** Compares digests, so that neither the time taken nor the lengths tell anything. */
function isSameSecret(given: unknown, expected: string): boolean {
  if (typeof given !== "string") return false;
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
