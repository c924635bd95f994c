import { z } from "zod";

import { PermanentError, TransientError } from "../../errors.ts";
import type { KubeAnswer, KubeApi, KubeRequest } from "./kube-api.ts";
import { isSuccess, kubeError, parseJson } from "./kube-errors.ts";

const PLACES = {
  Workspace: { api: "apis/kaito.sh/v1beta1", plural: "workspaces" },
  Job: { api: "apis/batch/v1", plural: "jobs" },
  StatefulSet: { api: "apis/apps/v1", plural: "statefulsets" },
  ConfigMap: { api: "api/v1", plural: "configmaps" },
  Secret: { api: "api/v1", plural: "secrets" },
  Service: { api: "api/v1", plural: "services" },
  Pod: { api: "api/v1", plural: "pods" },
  Node: { api: "api/v1", plural: "nodes" },
} as const;

export type Kind = keyof typeof PLACES;

export const MERGE_PATCH = "application/merge-patch+json";

/** What every object has; the rest is read by whoever needs it. */
export const Meta = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string().default(""),
    resourceVersion: z.string().default(""),
    labels: z.record(z.string(), z.string()).default({}),
    creationTimestamp: z.string().default(""),
    deletionTimestamp: z.string().optional(),
  }),
});
export type Meta = z.infer<typeof Meta>["metadata"];

interface Manifest {
  readonly metadata: { readonly name: string };
}

const DRY_RUN = { dryRun: "All" };
const PAGE_SIZE = "250";

/** Objects of one namespace, parsed as they arrive. */
export class KubeObjects {
  readonly #api: KubeApi;
  readonly #namespace: string;

  constructor(api: KubeApi, namespace: string) {
    this.#api = api;
    this.#namespace = namespace;
  }

  /** Sends a request to something below an object: `log`, `proxy`. Any answer is returned. */
  ask(kind: Kind, below: string, request: Omit<KubeRequest, "path">): Promise<KubeAnswer> {
    return this.#api({ ...request, path: `${this.#place(kind)}/${below}` });
  }

  async find<Output>(
    kind: Kind,
    name: string,
    schema: z.ZodType<Output>,
  ): Promise<Output | undefined> {
    const path = this.#place(kind, name);
    const answer = await this.#api({ method: "GET", path });
    return this.#readIfThere(`reading ${kind} ${name}`, answer, schema);
  }

  async list<Output>(
    kind: Kind,
    labels: Readonly<Record<string, string>>,
    item: z.ZodType<Output>,
  ): Promise<Output[]> {
    const labelSelector = Object.entries(labels)
      .map(([label, value]) => `${label}=${value}`)
      .join(",");
    const Page = z.object({
      metadata: z.object({ continue: z.string().default("") }).prefault({}),
      items: z.array(item),
    });
    const found: Output[] = [];
    let next = "";
    do {
      const query = { labelSelector, limit: PAGE_SIZE, ...(next !== "" && { continue: next }) };
      const answer = await this.#api({ method: "GET", path: this.#place(kind), query });
      const page = read(`listing ${kind}s`, answer, Page);
      found.push(...page.items);
      next = page.metadata.continue;
    } while (next !== "");
    return found;
  }

  /** @returns what was made; `undefined` if something of that name exists */
  async create(kind: Kind, manifest: Manifest): Promise<Meta | undefined> {
    const answer = await this.tryCreate(kind, manifest);
    if (answer.status === 409) return undefined;
    return read(`creating ${kind} ${manifest.metadata.name}`, answer, Meta).metadata;
  }

  /** As `create`, with the answer as it is. */
  tryCreate(kind: Kind, body: Manifest): Promise<KubeAnswer> {
    return this.#api({ method: "POST", path: this.#place(kind), body });
  }

  /** Has admission and quota judge the object, and keeps nothing of it. One that exists passes. */
  async rehearse(kind: Kind, body: Manifest): Promise<void> {
    const request = { method: "POST", path: this.#place(kind), body, query: DRY_RUN } as const;
    const answer = await this.#api(request);
    if (isSuccess(answer) || answer.status === 409) return;
    throw kubeError(`checking ${kind} ${body.metadata.name}`, answer);
  }

  /** @returns the patched object's metadata; `undefined` if there is none */
  async patch(kind: Kind, name: string, body: object): Promise<Meta | undefined> {
    return this.#patch(kind, name, body);
  }

  /**
   * A patch that only goes through on the version that was seen.
   *
   * It is sent once: after a lost answer, a second try would meet the first one's version and take it
   * for somebody else's.
   *
   * @throws {PermanentError} `WORKSPACE_CHANGED` if the object is another by now, or gone
   */
  async patchVersion(
    kind: Kind,
    name: string,
    resourceVersion: string,
    change: object,
  ): Promise<void> {
    const body = { metadata: { resourceVersion }, ...change };
    const path = this.#place(kind, name);
    const answer = await this.#api({
      method: "PATCH",
      path,
      body,
      contentType: MERGE_PATCH,
      once: true,
    });
    if (answer.status === 409 || answer.status === 404) {
      throw new PermanentError(
        "WORKSPACE_CHANGED",
        `${kind} ${name} was changed by somebody else meanwhile`,
      );
    }
    if (!isSuccess(answer)) throw kubeError(`changing ${kind} ${name}`, answer);
  }

  /**
   * Metadata of an object that the app may write but not read: an empty patch that is not kept
   * answers with the object, and asks for no right beyond `patch`. Nothing but the metadata is parsed.
   */
  async peek(kind: Kind, name: string): Promise<Meta | undefined> {
    return this.#patch(kind, name, {}, DRY_RUN);
  }

  /** Deletes this very object: one that took its name since stays. */
  async delete(kind: Kind, { name, uid }: Meta): Promise<void> {
    const body = {
      kind: "DeleteOptions",
      apiVersion: "v1",
      propagationPolicy: "Background",
      preconditions: { uid },
    };
    const answer = await this.#api({ method: "DELETE", path: this.#place(kind, name), body });
    if (isSuccess(answer) || answer.status === 404 || answer.status === 409) return;
    throw kubeError(`deleting ${kind} ${name}`, answer);
  }

  async #patch(
    kind: Kind,
    name: string,
    body: object,
    query: Readonly<Record<string, string>> = {},
  ): Promise<Meta | undefined> {
    const path = this.#place(kind, name);
    const answer = await this.#api({
      method: "PATCH",
      path,
      body,
      query,
      contentType: MERGE_PATCH,
    });
    return this.#readIfThere(`changing ${kind} ${name}`, answer, Meta)?.metadata;
  }

  #readIfThere<Output>(
    doing: string,
    answer: KubeAnswer,
    schema: z.ZodType<Output>,
  ): Output | undefined {
    return answer.status === 404 ? undefined : read(doing, answer, schema);
  }

  #place(kind: Kind, name?: string): string {
    const { api, plural } = PLACES[kind];
    const scope = kind === "Node" ? "" : `/namespaces/${encodeURIComponent(this.#namespace)}`;
    const object = name === undefined ? "" : `/${encodeURIComponent(name)}`;
    return `${api}${scope}/${plural}${object}`;
  }
}

function read<Output>(doing: string, answer: KubeAnswer, schema: z.ZodType<Output>): Output {
  if (!isSuccess(answer)) throw kubeError(doing, answer);
  const parsed = schema.safeParse(parseJson(answer.text));
  if (parsed.success) return parsed.data;
  // The paths only: a value may be a secret.
  const where = parsed.error.issues.map(({ path }) => path.join(".") || "the body").join(", ");
  const message = `${doing}: the answer cannot be read at ${where.slice(0, 200)}`;
  throw new TransientError("CLUSTER_UNAVAILABLE", message);
}
