import { LABELS, TUNING_ROLE } from "../../domain/names.ts";
import { isOf, lookUp, tuningOf } from "./kube-claims.ts";
import { isForbidden } from "./kube-errors.ts";
import { type Kind, type KubeObjects, Meta } from "./kube-objects.ts";

/** Workspace first: Job, pods and node go with it, and KAITO would make a deleted Job anew. */
const DELETED = ["Workspace", "Secret", "ConfigMap"] as const;

/** Deletes what carries the run's labels. */
export async function deleteTuning(objects: KubeObjects, name: string, run: string): Promise<void> {
  for (const kind of DELETED) {
    const found = await lookUp(objects, kind, name);
    if (!found || !isOf(found, tuningOf(run))) continue;
    if (found.deletionTimestamp === undefined) await objects.delete(kind, found);
  }
}

/** What is there of a run's tuning, in words. */
export async function tuningRemains(
  objects: KubeObjects,
  name: string,
  run: string,
  namespace: string,
): Promise<string[]> {
  const remaining: string[] = [];
  let foreign = false;
  for (const kind of DELETED) {
    const found = await lookUp(objects, kind, name);
    if (found && isOf(found, tuningOf(run))) remaining.push(`${kind} ${name}`);
    else if (found && kind === "Workspace") foreign = true;
  }
  // Under somebody else's Workspace of that name, Job and pods are theirs.
  if (!foreign) remaining.push(...(await workload(objects, name)));
  const nodes = await listNodes(objects, {
    ...tuningOf(run).labels,
    [LABELS.namespace]: namespace,
  });
  return [...remaining, ...nodes.map((node) => `Node ${node.name}`)];
}

async function workload(objects: KubeObjects, name: string): Promise<string[]> {
  const remaining: string[] = [];
  for (const kind of ["Job", "Pod"] as const) {
    const found = await objects.list(kind, { "kaito.sh/workspace": name }, Meta);
    remaining.push(...found.map(({ metadata }) => `${kind} ${metadata.name}`));
  }
  return remaining;
}

/** Nodes are the cluster's, and an app may not be let to see them: then there are none to it. */
export function listNodes(
  objects: KubeObjects,
  labels: Readonly<Record<string, string>>,
): Promise<Meta[]> {
  return listIfAllowed(objects, "Node", { [LABELS.role]: TUNING_ROLE, ...labels });
}

export async function listIfAllowed(
  objects: KubeObjects,
  kind: Kind,
  labels: Readonly<Record<string, string>>,
): Promise<Meta[]> {
  try {
    return (await objects.list(kind, labels, Meta)).map(({ metadata }) => metadata);
  } catch (error) {
    if (isForbidden(error)) return [];
    throw error;
  }
}
