import { createHash } from "node:crypto";

import { contentHash } from "../../../shared/domain/adapter/content-hash.ts";
import { PermanentError } from "../../../shared/errors.ts";
import type {
  AdapterExpectation,
  Adapters,
  VerifiedAdapter,
} from "../../../shared/ports/adapters.ts";
import { NextFailures } from "./next-failures.ts";

/** An adapter image as a test describes it: what a look at all of its bytes would find. */
export interface FakeImage extends VerifiedAdapter {
  readonly model: string;
  /** What is wrong with it besides its model and rank. */
  readonly problems: readonly string[];
}

/** An image whose digests differ by `name` alone; `weights` names its content, so two images can share one. */
export function fakeImage(
  name: string,
  { weights = name, ...changes }: Partial<FakeImage> & { readonly weights?: string } = {},
): FakeImage {
  const weightsSha256 = sha256(`weights of ${weights}`);
  const configSha256 = sha256(`config of ${weights}`);
  return {
    digest: `sha256:${sha256(`image ${name}`)}`,
    contentHash: contentHash({ weightsSha256, configSha256 }, sha256),
    weightsSha256,
    configSha256,
    rank: 8,
    targetModules: ["qkv_proj"],
    sizeBytes: 1_048_576,
    model: "phi-4-mini-instruct",
    problems: [],
    ...changes,
  };
}

interface Repository {
  readonly images: Map<string, FakeImage>;
  readonly tags: Map<string, string>;
  readonly lockedTags: Set<string>;
  readonly lockedImages: Set<string>;
  readonly documents: Map<string, Map<string, string[]>>;
}

const HOST = "registry.example";

/** A registry into which nobody pushes but the test. */
export class FakeAdapters implements Adapters {
  readonly #repositories = new Map<string, Repository>();
  readonly #failures = new NextFailures<keyof Adapters>();

  /** As KAITO's pusher does. */
  push(repository: string, tag: string, image: FakeImage): void {
    const { images, tags, lockedTags } = this.#make(repository);
    if (lockedTags.has(tag)) throw new Error(`${repository}:${tag} is locked`);
    images.set(image.digest, image);
    tags.set(tag, image.digest);
  }

  /** The next call of this method fails, before it does anything. */
  failNext(method: keyof Adapters, error: Error): void {
    this.#failures.add(method, error);
  }

  tags(repository: string): Record<string, string> {
    return Object.fromEntries(this.#repositories.get(repository)?.tags ?? []);
  }

  /** Which tags and which images cannot be changed or deleted. */
  locked(repository: string): { readonly tags: string[]; readonly images: string[] } {
    const { lockedTags = [], lockedImages = [] } = this.#repositories.get(repository) ?? {};
    return { tags: [...lockedTags], images: [...lockedImages] };
  }

  /** Documents of this type that were attached to the image. */
  documents(repository: string, digest: string, artifactType: string): string[] {
    const documents = this.#repositories.get(repository)?.documents.get(digest);
    return [...(documents?.get(artifactType) ?? [])];
  }

  async resolve(repository: string, tag: string): Promise<string | undefined> {
    this.#failures.throwFor("resolve");
    return this.#repositories.get(repository)?.tags.get(tag);
  }

  async verify(
    repository: string,
    digest: string,
    expected: AdapterExpectation,
  ): Promise<VerifiedAdapter> {
    this.#failures.throwFor("verify");
    const { model, problems, ...facts } = this.#image(repository, digest);
    const found = [...problems];
    if (model !== expected.model) found.push(`the model is ${model}, not ${expected.model}`);
    if (facts.rank !== expected.rank) found.push(`r is ${facts.rank}, not ${expected.rank}`);
    if (found.length > 0) throw invalid(repository, digest, found);
    return structuredClone(facts);
  }

  async publish(repository: string, tag: string, digest: string): Promise<void> {
    this.#failures.throwFor("publish");
    this.#image(repository, digest);
    const { tags, lockedTags, lockedImages } = this.#make(repository);
    const present = tags.get(tag) ?? digest;
    if (present !== digest) {
      const message = `${repository}:${tag} is ${present}, not ${digest}`;
      throw new PermanentError("VERSION_CONFLICT", message);
    }
    tags.set(tag, digest);
    lockedTags.add(tag);
    lockedImages.add(digest);
  }

  async attach(
    repository: string,
    digest: string,
    artifactType: string,
    document: string,
  ): Promise<void> {
    this.#failures.throwFor("attach");
    this.#image(repository, digest);
    const present = this.documents(repository, digest, artifactType);
    if (present.includes(document)) return;
    const { documents } = this.#make(repository);
    const ofImage = documents.get(digest) ?? new Map<string, string[]>();
    documents.set(digest, ofImage.set(artifactType, [...present, document]));
  }

  async untag(repository: string, tag: string): Promise<void> {
    this.#failures.throwFor("untag");
    const found = this.#repositories.get(repository);
    if (found?.lockedTags.has(tag)) {
      throw new PermanentError("PERMISSION_DENIED", `${repository}:${tag} is locked`);
    }
    found?.tags.delete(tag);
  }

  taggedImage(repository: string, tag: string): string {
    return `${HOST}/${repository}:${tag}`;
  }

  image(repository: string, digest: string): string {
    return `${HOST}/${repository}@${digest}`;
  }

  async dockerConfig(): Promise<string> {
    this.#failures.throwFor("dockerConfig");
    const username = "00000000-0000-0000-0000-000000000000";
    const password = "a-refresh-token";
    const auth = Buffer.from(`${username}:${password}`).toString("base64");
    return JSON.stringify({ auths: { [HOST]: { username, password, auth } } });
  }

  async check(_repository: string): Promise<void> {
    this.#failures.throwFor("check");
  }

  #image(repository: string, digest: string): FakeImage {
    const image = this.#repositories.get(repository)?.images.get(digest);
    if (!image) throw invalid(repository, digest, ["the registry has no such image"]);
    return image;
  }

  #make(repository: string): Repository {
    const made = this.#repositories.get(repository) ?? {
      images: new Map(),
      tags: new Map(),
      lockedTags: new Set(),
      lockedImages: new Set(),
      documents: new Map(),
    };
    this.#repositories.set(repository, made);
    return made;
  }
}

function invalid(repository: string, digest: string, details: readonly string[]): PermanentError {
  const message = `${repository}@${digest} is not an adapter that can be served`;
  return new PermanentError("ADAPTER_INVALID", message, { details });
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
