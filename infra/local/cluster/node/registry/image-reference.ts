export interface ImageReference {
  /** `host` or `host:port`. */
  readonly registry: string;
  readonly repository: string;
  /** A tag, or a digest `sha256:...`. */
  readonly reference: string;
}

const REFERENCE =
  /^(?<registry>[^/\s]+)\/(?<repository>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;

/**
 * Reads a full image name; KAITO writes only such into its scripts.
 *
 * @throws {Error} if it is not one
 */
export function parseImageReference(image: string): ImageReference {
  const parts = REFERENCE.exec(image)?.groups;
  const { registry, repository, tag = "latest", digest } = parts ?? {};
  if (registry === undefined || repository === undefined) {
    throw new Error(`invalid reference: '${image}' is not registry/repository:tag or @sha256:...`);
  }
  return { registry, repository, reference: digest ?? tag };
}
