import { RegistryError } from "./registry-error.ts";

/** distribution-spec 1.1, "Pulling manifests". No path separator can hide in it, nor can "..". */
const REPOSITORY =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const MAX_REPOSITORY_LENGTH = 255;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
/** The two algorithms that image-spec registers. */
const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

export function isRepository(name: string): boolean {
  return name.length <= MAX_REPOSITORY_LENGTH && REPOSITORY.test(name);
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** @throws {RegistryError} DIGEST_INVALID */
export function checkDigest(text: string): string {
  if (isDigest(text)) return text;
  throw new RegistryError(
    400,
    "DIGEST_INVALID",
    "provided digest is not sha256: or sha512: and its lower-case hexadecimal digits",
    { detail: { digest: text } },
  );
}

export type DigestAlgorithm = "sha256" | "sha512";

export function algorithmOf(digest: string): DigestAlgorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}
