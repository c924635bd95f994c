import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";

import type { Certificates } from "../../../../infra/local/certificates/certificates.ts";

/** An object of the API, as loosely as a test needs it. */
export interface ApiObject {
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    finalizers?: string[];
    deletionTimestamp?: string;
    [field: string]: unknown;
  };
  [field: string]: unknown;
}

export const TOKEN = "token-of-the-node";

const ROUTE =
  /^(?<root>\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[a-z]+)(?:\/(?<name>[^/]+))?(?<status>\/status)?$/;

/**
 * As much of a Kubernetes API server as the node needs: lists, watches, merge patches, finalizers,
 * graceful deletion and uid preconditions. It has no controllers: tests play those.
 */
export class KubernetesApi {
  readonly #objects = new Map<string, ApiObject>();
  readonly #watches = new Set<{ plural: string; response: http.ServerResponse }>();
  readonly #server: https.Server;
  #version = 0;

  private constructor(server: https.Server) {
    this.#server = server;
  }

  static async start({ certFile, keyFile }: Certificates): Promise<KubernetesApi> {
    const server = https.createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
    const api = new KubernetesApi(server);
    server.on("request", (request, response) => void api.#answer(request, response));
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return api;
  }

  get url(): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  /** Breaks every connection, as a restart of the API server does. */
  dropConnections(): void {
    this.#server.closeAllConnections();
  }

  create(plural: string, object: ApiObject): ApiObject {
    const created: ApiObject = {
      ...object,
      metadata: {
        uid: randomUUID(),
        creationTimestamp: new Date().toISOString(),
        ...object.metadata,
      },
    };
    this.#store(plural, created, "ADDED");
    return created;
  }

  /** `pods`, `ml`, `serve-0`; no namespace for nodes and NodeClaims. */
  get(plural: string, namespace: string | undefined, name: string): ApiObject | undefined {
    return this.#objects.get(keyOf(plural, namespace, name));
  }

  list(plural: string): ApiObject[] {
    return [...this.#objects].flatMap(([key, object]) =>
      key.startsWith(`${plural}/`) ? [object] : [],
    );
  }

  /** What a controller or `kubectl delete` does. */
  remove(plural: string, namespace: string | undefined, name: string, graceSeconds?: number): void {
    const object = this.get(plural, namespace, name);
    if (!object) return;
    const waits =
      (object.metadata.finalizers?.length ?? 0) > 0 || (plural === "pods" && graceSeconds !== 0);
    if (waits) {
      const deletionTimestamp = new Date().toISOString();
      const metadata = { ...object.metadata, deletionTimestamp };
      this.#store(plural, { ...object, metadata }, "MODIFIED");
      return;
    }
    this.#objects.delete(keyOf(plural, namespace, name));
    this.#notify(plural, "DELETED", { ...object });
  }

  #store(plural: string, object: ApiObject, type: string): void {
    this.#version++;
    const { namespace, name } = object.metadata;
    object.metadata.resourceVersion = String(this.#version);
    this.#objects.set(keyOf(plural, namespace, name), object);
    this.#notify(plural, type, object);
  }

  #notify(plural: string, type: string, object: ApiObject): void {
    for (const watch of this.#watches) {
      if (watch.plural === plural) watch.response.write(`${JSON.stringify({ type, object })}\n`);
    }
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "https://api");
    const route = ROUTE.exec(url.pathname)?.groups;
    const body = await readBody(request);
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return send(response, 401, {});
    if (!route?.["plural"]) return send(response, 404, { message: url.pathname });
    const { plural, namespace, name } = route;
    if (name === undefined) return this.#answerList(request, response, url, plural, body);
    const object = this.get(plural, namespace, name);
    if (!object) return send(response, 404, { message: `${plural} "${name}" not found` });
    if (request.method === "GET") return send(response, 200, object);
    if (request.method === "PATCH") return this.#patch(response, plural, object, body);
    return this.#delete(response, url, plural, object, body);
  }

  #answerList(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    url: URL,
    plural: string,
    body: ApiObject,
  ): void {
    if (request.method === "POST") {
      const { namespace, name } = body.metadata;
      if (this.get(plural, namespace, name)) return send(response, 409, { message: "exists" });
      return send(response, 201, this.create(plural, body));
    }
    if (url.searchParams.get("watch") !== "true") {
      const metadata = { resourceVersion: String(this.#version) };
      return send(response, 200, { kind: "List", metadata, items: this.list(plural) });
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    const since = Number(url.searchParams.get("resourceVersion"));
    for (const object of this.list(plural)) {
      if (Number(object.metadata.resourceVersion) > since) {
        response.write(`${JSON.stringify({ type: "MODIFIED", object })}\n`);
      }
    }
    const watch = { plural, response };
    this.#watches.add(watch);
    response.on("close", () => this.#watches.delete(watch));
  }

  #patch(response: http.ServerResponse, plural: string, object: ApiObject, patch: ApiObject): void {
    const uid = (patch.metadata as ApiObject["metadata"] | undefined)?.uid;
    if (uid !== undefined && uid !== object.metadata.uid) return send(response, 409, {});
    const merged = merge(object, patch) as ApiObject;
    this.#store(plural, merged, "MODIFIED");
    const { deletionTimestamp, finalizers, namespace, name } = merged.metadata;
    if (deletionTimestamp !== undefined && finalizers?.length === 0 && plural !== "pods") {
      this.remove(plural, namespace, name);
    }
    send(response, 200, merged);
  }

  #delete(
    response: http.ServerResponse,
    url: URL,
    plural: string,
    object: ApiObject,
    body: ApiObject,
  ): void {
    const uid = (body["preconditions"] as { uid?: string } | undefined)?.uid;
    if (uid !== undefined && uid !== object.metadata.uid) return send(response, 409, {});
    const grace = url.searchParams.get("gracePeriodSeconds");
    const { namespace, name } = object.metadata;
    this.remove(plural, namespace, name, grace === null ? undefined : Number(grace));
    send(response, 200, { status: "Success" });
  }
}

function keyOf(plural: string, namespace: string | undefined, name: string): string {
  return `${plural}/${namespace ?? ""}/${name}`;
}

async function readBody(request: http.IncomingMessage): Promise<ApiObject> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}") as ApiObject;
}

/** RFC 7386. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result = { ...(target as Record<string, unknown>) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key] ?? {}, value);
  }
  return result;
}

function send(response: http.ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
