import { LABELS, TUNING_ROLE } from "../../domain/names.ts";
import { PermanentError, TransientError } from "../../errors.ts";
import type { Kind, KubeObjects, Meta } from "./kube-objects.ts";
import { Meta as MetaSchema } from "./kube-objects.ts";

/** Whose an object must be, by its labels. */
export interface Owner {
  readonly labels: Readonly<Record<string, string>>;
  /** In words, for errors: `run support-7`. */
  readonly words: string;
}

export function tuningOf(run: string): Owner {
  return { labels: { [LABELS.role]: TUNING_ROLE, [LABELS.run]: run }, words: `run ${run}` };
}

export function servingOf(pipeline: string): Owner {
  return { labels: { [LABELS.pipeline]: pipeline }, words: `pipeline ${pipeline}` };
}

export function isOf({ labels }: Meta, owner: Owner): boolean {
  return Object.entries(owner.labels).every(([label, value]) => labels[label] === value);
}

/** @throws {PermanentError} `WORKSPACE_CHANGED` if it is somebody else's */
export function requireOwner(kind: Kind, found: Meta, owner: Owner): void {
  if (isOf(found, owner)) return;
  const message = `${kind} ${found.name} exists and is not of ${owner.words}`;
  throw new PermanentError("WORKSPACE_CHANGED", message);
}

/** Looks at an object by the least right that shows its labels: Secrets are never read. */
export async function lookUp(
  objects: KubeObjects,
  kind: Kind,
  name: string,
): Promise<Meta | undefined> {
  if (kind === "Secret") return objects.peek(kind, name);
  return (await objects.find(kind, name, MetaSchema))?.metadata;
}

/**
 * What stands in the way of a create, if it is ours.
 *
 * @throws {PermanentError} `WORKSPACE_CHANGED` if it is somebody else's
 * @throws {TransientError} if it is on its way out
 */
export async function ours(
  objects: KubeObjects,
  kind: Kind,
  name: string,
  owner: Owner,
): Promise<Meta> {
  const found = await lookUp(objects, kind, name);
  if (!found || found.deletionTimestamp !== undefined) {
    throw new TransientError("CLUSTER_UNAVAILABLE", `${kind} ${name} is being deleted`);
  }
  requireOwner(kind, found, owner);
  return found;
}

/** Puts a Secret there, or fresh content into ours. */
export async function putSecret(
  objects: KubeObjects,
  secret: { readonly metadata: { readonly name: string } },
  content: { readonly dockerConfig: string; readonly metadata?: object },
  owner: Owner,
): Promise<void> {
  const { dockerConfig, metadata = {} } = content;
  const { name } = secret.metadata;
  const made = await objects.create("Secret", {
    ...secret,
    metadata: { ...secret.metadata, ...metadata },
  });
  if (made) return;
  // The version it was looked at: nobody else's Secret is written over in between.
  const { resourceVersion } = await ours(objects, "Secret", name, owner);
  const patch = { ...dockerConfigData(dockerConfig), metadata: { ...metadata, resourceVersion } };
  if (!(await objects.patch("Secret", name, patch))) {
    throw new TransientError("CLUSTER_UNAVAILABLE", `Secret ${name} is being deleted`);
  }
}

/** `data`, not `stringData`: the latter is write-only, and a merge patch cannot see what it replaces. */
export function dockerConfigData(dockerConfig: string): object {
  return { data: { ".dockerconfigjson": Buffer.from(dockerConfig).toString("base64") } };
}
