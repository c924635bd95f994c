import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
  type PipelineResponse,
} from "@azure/core-rest-pipeline";
import { z } from "zod";

import { parseJson } from "../../domain/adapter/checked.ts";
import { PermanentError, TransientError } from "../../errors.ts";
import type { Registry } from "./registry-connection.ts";
import { codeIn, refusal, registryError } from "./registry-errors.ts";

/** ACR's name for whoever signs in with a refresh token. */
const TOKEN_USER = "00000000-0000-0000-0000-000000000000";
const SCOPE = "https://containerregistry.azure.net/.default";

const Exchanged = z.object({ refresh_token: z.string().min(1) });

/**
 * A `.dockerconfigjson` with a refresh token, which ACR honours for about three hours and which may do
 * what our identity may.
 */
export async function makeDockerConfig(registry: Registry): Promise<string> {
  const { loginServer } = registry.connection;
  const password = await exchange(registry);
  const auth = Buffer.from(`${TOKEN_USER}:${password}`).toString("base64");
  return JSON.stringify({ auths: { [loginServer]: { username: TOKEN_USER, password, auth } } });
}

/** github.com/Azure/acr, docs/AAD-OAuth.md */
async function exchange(registry: Registry): Promise<string> {
  const doing = "Signing in to the registry";
  const response = await ask(registry).catch((error: unknown) => {
    throw registryError(doing, error);
  });
  const body = parseJson(response.bodyAsText ?? "")?.value;
  if (response.status !== 200)
    throw refusal(doing, { status: response.status, code: codeIn(body) });

  const exchanged = Exchanged.safeParse(body);
  if (exchanged.success) return exchanged.data.refresh_token;
  throw new TransientError("REGISTRY_UNAVAILABLE", `${doing}: the answer has no token`);
}

async function ask(registry: Registry): Promise<PipelineResponse> {
  const { connection, endpoint, options } = registry;
  const { abortSignal } = registry.deadline();
  const token = await connection.credential.getToken(SCOPE, { abortSignal });
  if (!token) throw new PermanentError("PERMISSION_DENIED", "There is no identity to sign in with");

  const form = new URLSearchParams({
    grant_type: "access_token",
    service: connection.loginServer,
    access_token: token.token,
  });
  const request = createPipelineRequest({
    url: `${endpoint}/oauth2/exchange`,
    method: "POST",
    headers: createHttpHeaders({
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
    }),
    body: form.toString(),
    abortSignal,
  });
  return createPipelineFromOptions(options).sendRequest(createDefaultHttpClient(), request);
}
