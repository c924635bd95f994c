import type { Sha256 } from "../request-id.ts";

/**
 * What an adapter is, whatever image it came in: KAITO's images of the same files differ in their digests.
 *
 * @returns sha256 in lower-case hex
 */
export function contentHash(
  files: { readonly weightsSha256: string; readonly configSha256: string },
  sha256: Sha256,
): string {
  return sha256(
    `adapter_model.safetensors\0${files.weightsSha256}\nadapter_config.json\0${files.configSha256}\n`,
  );
}
