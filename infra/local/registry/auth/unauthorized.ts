import { type ErrorOptionsOfRegistry, RegistryError } from "../registry-error.ts";

/** ACR's own words. */
export function unauthorized(options: ErrorOptionsOfRegistry = {}): RegistryError {
  return new RegistryError(
    401,
    "UNAUTHORIZED",
    "authentication required, visit https://aka.ms/acr/authorization for more information.",
    options,
  );
}
