import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";

import { type PodHttp, readBytes, readText } from "../network/pod-http.ts";
import type { Credentials } from "./docker-config.ts";
import { RegistryAuthorization } from "./registry-authorization.ts";

export interface RegistryTarget {
  readonly registry: string;
  readonly repository: string;
  readonly credentials: Credentials | undefined;
  readonly access: "pull" | "pull,push";
}

export interface Manifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: string;
}

interface Call {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

const MAX_MANIFEST_BYTES = 4 << 20;

/** The manifest kinds that skopeo asks for. */
const MANIFEST_TYPES = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");

/** One repository of a registry, over the OCI distribution API (HTTPS only). */
export class RegistryClient {
  readonly #base: URL;
  readonly #http: PodHttp;
  readonly #signal: AbortSignal;
  readonly #authorization: RegistryAuthorization;

  constructor(http: PodHttp, target: RegistryTarget, signal: AbortSignal) {
    this.#base = new URL(`https://${target.registry}/v2/${target.repository}/`);
    this.#http = http;
    this.#signal = signal;
    this.#authorization = new RegistryAuthorization(http, target, signal);
  }

  /** Uploads a blob unless it is there. */
  async pushBlob(digest: string, bytes: Buffer): Promise<void> {
    const head = await this.#send("HEAD", new URL(`blobs/${digest}`, this.#base));
    head.resume();
    if (head.statusCode === 200) return;

    const start = new URL("blobs/uploads/", this.#base);
    const started = await this.#expect(await this.#send("POST", start), "POST", start, [202]);
    started.resume();
    const upload = new URL(started.headers.location ?? "", start);
    upload.searchParams.set("digest", digest);
    const done = await this.#send("PUT", upload, {
      body: bytes,
      headers: {
        "content-type": "application/octet-stream",
        "content-length": String(bytes.length),
      },
    });
    (await this.#expect(done, "PUT", upload, [201])).resume();
  }

  async putManifest(reference: string, bytes: Buffer, mediaType: string): Promise<void> {
    const url = new URL(`manifests/${reference}`, this.#base);
    const answer = await this.#send("PUT", url, {
      body: bytes,
      headers: { "content-type": mediaType, "content-length": String(bytes.length) },
    });
    (await this.#expect(answer, "PUT", url, [201])).resume();
  }

  async getManifest(reference: string): Promise<Manifest> {
    const url = new URL(`manifests/${reference}`, this.#base);
    const sent = await this.#send("GET", url, { headers: { accept: MANIFEST_TYPES } });
    const answer = await this.#expect(sent, "GET", url, [200]);
    const bytes = await readBytes(answer, MAX_MANIFEST_BYTES);
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    if (reference.startsWith("sha256:") && reference !== digest) {
      throw new Error(`manifest ${reference} has the digest ${digest}`);
    }
    return { bytes, mediaType: answer.headers["content-type"]?.split(";")[0] ?? "", digest };
  }

  /** The blob as it comes: the caller checks size and digest. */
  async getBlob(digest: string): Promise<IncomingMessage> {
    const url = new URL(`blobs/${digest}`, this.#base);
    const answer = await this.#send("GET", url);
    const { location } = answer.headers;
    if (answer.statusCode === 307 && location !== undefined) {
      answer.resume();
      // Blob storage elsewhere: it must not see the registry's token.
      const moved = await this.#http.request(new URL(location, url), { signal: this.#signal });
      return this.#expect(moved, "GET", url, [200]);
    }
    return this.#expect(answer, "GET", url, [200]);
  }

  /** Sends a call, and once more with a token if the registry asks for one. */
  async #send(method: string, url: URL, call: Call = {}): Promise<IncomingMessage> {
    const attempt = (): Promise<IncomingMessage> =>
      this.#http.request(url, {
        method,
        signal: this.#signal,
        headers: { ...call.headers, ...this.#authorization.headers() },
        ...(call.body && { body: call.body }),
      });
    const answer = await attempt();
    const challenge = answer.headers["www-authenticate"];
    if (answer.statusCode !== 401 || challenge === undefined) return answer;
    answer.resume();
    await this.#authorization.answer(challenge);
    return attempt();
  }

  async #expect(
    answer: IncomingMessage,
    method: string,
    url: URL,
    statuses: readonly number[],
  ): Promise<IncomingMessage> {
    if (statuses.includes(answer.statusCode ?? 0)) return answer;
    const text = await readText(answer).catch(() => "");
    throw new Error(
      `${method} "${url.origin}${url.pathname}": response status code ${answer.statusCode}: ${text.slice(0, 500).trim()}`,
    );
  }
}
