/** A reference that is none; the message is the one of github.com/distribution/reference. */
export class ReferenceError extends Error {
  override readonly name = "ReferenceError";
}

const COMPONENT = String.raw`[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*`;
const DOMAIN = String.raw`(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::\d+)?`;
const REFERENCE = new RegExp(
  `^(?<name>${DOMAIN}/${COMPONENT}(?:/${COMPONENT})*)(?::(?<tag>\\w[\\w.-]{0,127}))?(?:@(?<digest>[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}))?$`,
);

/**
 * The full reference that a short one means: `x` is `docker.io/library/x:latest`; a tag beside a digest
 * is dropped (distribution: reference.ParseDockerRef).
 *
 * @throws {ReferenceError} if the text is no reference
 */
export function parseDockerReference(text: string): string {
  if (/^[a-f0-9]{64}$/.test(text)) {
    throw new ReferenceError(
      `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`,
    );
  }
  const { domain, rest } = splitDomain(text);
  const [remote = ""] = rest.split(":");
  if (remote !== remote.toLowerCase()) {
    throw new ReferenceError(
      `invalid reference format: repository name (${remote}) must be lowercase`,
    );
  }
  const { name, tag, digest } = REFERENCE.exec(`${domain}/${rest}`)?.groups ?? {};
  if (name === undefined || !isDigest(digest)) throw new ReferenceError("invalid reference format");
  return digest === undefined ? `${name}:${tag ?? "latest"}` : `${name}@${digest}`;
}

function isDigest(text: string | undefined): boolean {
  return !text?.startsWith("sha256:") || text.length === "sha256:".length + 64;
}

function splitDomain(text: string): { domain: string; rest: string } {
  const slash = text.indexOf("/");
  const first = text.slice(0, Math.max(slash, 0));
  const isDomain =
    slash > 0 && (/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase());
  if (!isDomain) {
    return { domain: "docker.io", rest: slash < 0 ? `library/${text}` : text };
  }
  const rest = text.slice(slash + 1);
  if (first !== "docker.io" && first !== "index.docker.io") return { domain: first, rest };
  return { domain: "docker.io", rest: rest.includes("/") ? rest : `library/${rest}` };
}
