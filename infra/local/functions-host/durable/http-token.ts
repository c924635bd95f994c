import { z } from "zod";

import { ActivityError } from "./activity-error.ts";
import { reasonOf } from "../../program/reason-of.ts";

const TokenSource = z.object({ kind: z.string(), resource: z.string() });

/** Resources that the extension itself makes a scope of (ManagedIdentityTokenSource.cs). */
const NEEDS_DEFAULT_SCOPE =
  /^https:\/\/(?:management\.core\.windows\.net|graph\.microsoft\.com)\/?$/;

/**
 * Fetches a token for `callHttp`. It goes into the one request and nowhere else: what is stored says only
 * where to get it.
 *
 * @throws {ActivityError} if there is no identity to get it with
 */
export async function httpTokenOf(tokenSource: unknown): Promise<string | undefined> {
  if (tokenSource === undefined || tokenSource === null) return undefined;
  const { kind, resource } = TokenSource.parse(tokenSource);
  if (kind !== "AzureManagedIdentity") {
    throw new ActivityError(`The token source kind '${kind}' is not supported.`);
  }
  const scope = NEEDS_DEFAULT_SCOPE.test(resource)
    ? `${resource.replace(/\/$/, "")}/.default`
    : resource;
  // A big library, which most apps never need.
  const { DefaultAzureCredential } = await import("@azure/identity");
  try {
    return (await new DefaultAzureCredential().getToken(scope)).token;
  } catch (error) {
    const reason = reasonOf(error);
    throw new ActivityError(reason, { className: "Azure.Identity.AuthenticationFailedException" });
  }
}
