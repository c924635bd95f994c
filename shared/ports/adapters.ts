/** What was found in an adapter image, after reading every byte of it. */
export interface VerifiedAdapter {
  readonly digest: string;
  readonly contentHash: string;
  readonly weightsSha256: string;
  readonly configSha256: string;
  readonly rank: number;
  readonly targetModules: readonly string[];
  readonly sizeBytes: number;
}

export interface AdapterExpectation {
  /** KAITO writes the preset's name into the manifest. */
  readonly model: string;
  readonly rank: number;
}

/** Adapter images in the registry. Repositories are given without the registry's host name. */
export interface Adapters {
  /** @returns the digest that the tag names, or `undefined` if there is no such tag or repository */
  resolve(repository: string, tag: string): Promise<string | undefined>;

  /**
   * Streams the whole image and checks it: KAITO's layout, digests, rank, safetensors.
   *
   * @throws {PermanentError} `ADAPTER_INVALID` with every problem found
   */
  verify(
    repository: string,
    digest: string,
    expected: AdapterExpectation,
  ): Promise<VerifiedAdapter>;

  /**
   * Points the tag at the digest and locks both against change.
   *
   * @throws {PermanentError} `VERSION_CONFLICT` if the tag names another digest
   */
  publish(repository: string, tag: string, digest: string): Promise<void>;

  /** Attaches a JSON document to the image as an OCI referrer; the same bytes are attached once. */
  attach(repository: string, digest: string, artifactType: string, document: string): Promise<void>;

  /** Deletes a tag that KAITO pushed, never a manifest. Gone already is fine. */
  untag(repository: string, tag: string): Promise<void>;

  /** `<host>/<repository>:<tag>`: where KAITO pushes. */
  taggedImage(repository: string, tag: string): string;

  /** `<host>/<repository>@<digest>`: what a Workspace names. */
  image(repository: string, digest: string): string;

  /** A `.dockerconfigjson` that may push and pull, valid for some hours (Entra exchange). */
  dockerConfig(): Promise<string>;

  /** Whether the registry answers and lets us in. */
  check(repository: string): Promise<void>;
}
