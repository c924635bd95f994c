import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";

import type { Certificates } from "../../../../infra/local/certificates/certificates.ts";

export const REGISTRY_USER = "pusher";
export const REGISTRY_PASSWORD = "secret-of-the-registry";
const REGISTRY_TOKEN = "issued-token";

/** A private registry in memory: OCI distribution over TLS, tokens as docker hands them out. */
export class OciRegistry {
  readonly blobs = new Map<string, Buffer>();
  readonly manifests = new Map<string, { bytes: Buffer; mediaType: string }>();
  readonly #server: https.Server;

  private constructor(server: https.Server) {
    this.#server = server;
  }

  static async start({ certFile, keyFile }: Certificates): Promise<OciRegistry> {
    const server = https.createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
    const registry = new OciRegistry(server);
    server.on("request", (request, response) => void registry.#answer(request, response));
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return registry;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  /** Stores an image as a pusher would. */
  put(reference: string, manifest: Buffer, mediaType: string, blobs: readonly Buffer[]): string {
    for (const blob of blobs) this.blobs.set(digestOf(blob), blob);
    const digest = digestOf(manifest);
    this.manifests.set(reference, { bytes: manifest, mediaType });
    this.manifests.set(digest, { bytes: manifest, mediaType });
    return digest;
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const body = await readBody(request);
    const url = new URL(request.url ?? "/", `https://${request.headers.host}`);
    if (url.pathname === "/token") return this.#issueToken(request, response);
    if (request.headers.authorization !== `Bearer ${REGISTRY_TOKEN}`) {
      const realm = `Bearer realm="${url.origin}/token",service="registry"`;
      response.writeHead(401, { "www-authenticate": realm }).end();
      return;
    }
    const [, kind, reference = ""] =
      /\/(blobs|manifests)\/((?:uploads\/)?[^/]*)$/.exec(url.pathname) ?? [];
    if (kind === "manifests") return this.#manifest(request, response, reference, body);
    if (reference.startsWith("uploads/")) return this.#upload(url, request, response, body);
    const blob = this.blobs.get(reference);
    if (!blob) return void response.writeHead(404).end();
    response.writeHead(200, { "content-length": blob.length });
    response.end(request.method === "HEAD" ? undefined : blob);
  }

  #issueToken(request: http.IncomingMessage, response: http.ServerResponse): void {
    const wanted = Buffer.from(`${REGISTRY_USER}:${REGISTRY_PASSWORD}`).toString("base64");
    if (request.headers.authorization !== `Basic ${wanted}`) {
      response.writeHead(401).end(JSON.stringify({ errors: [{ code: "UNAUTHORIZED" }] }));
      return;
    }
    response.writeHead(200).end(JSON.stringify({ token: REGISTRY_TOKEN }));
  }

  #manifest(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    reference: string,
    body: Buffer,
  ): void {
    if (request.method === "PUT") {
      this.put(reference, body, request.headers["content-type"] ?? "", []);
      response.writeHead(201, { "docker-content-digest": digestOf(body) }).end();
      return;
    }
    const manifest = this.manifests.get(reference);
    if (!manifest) {
      response.writeHead(404).end(JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN" }] }));
      return;
    }
    response.writeHead(200, { "content-type": manifest.mediaType }).end(manifest.bytes);
  }

  #upload(
    url: URL,
    request: http.IncomingMessage,
    response: http.ServerResponse,
    body: Buffer,
  ): void {
    if (request.method === "POST") {
      response.writeHead(202, { location: `${url.pathname}${randomUUID()}` }).end();
      return;
    }
    const digest = url.searchParams.get("digest") ?? "";
    if (digestOf(body) !== digest) return void response.writeHead(400).end("DIGEST_INVALID");
    this.blobs.set(digest, body);
    response.writeHead(201).end();
  }
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

async function readBody(request: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
