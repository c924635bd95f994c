import { setTimeout as delay } from "node:timers/promises";

import { nodeClaim } from "./kaito-objects.ts";
import type { ApiObject, KubernetesApi } from "./kubernetes-api.ts";

/** Claims a node and binds the pod to it, as KAITO and the scheduler do. */
export function runPod(api: KubernetesApi, workspace: string, pod: ApiObject): ApiObject {
  api.create("nodeclaims", nodeClaim(workspace));
  return api.create("pods", pod);
}

/** Reached only by what never comes: a busy machine may take many times what an idle one does. */
const DEADLINE_MS = 45_000;

/** Looks until `probe` gives something, and says what it saw last if it never does. */
export async function until<Result>(
  what: string,
  probe: () => Result | undefined | false | Promise<Result | undefined | false>,
): Promise<Result> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const result = await probe();
    if (result !== undefined && result !== false) return result;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${DEADLINE_MS} ms`);
    await delay(10);
  }
}

interface ContainerView {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: {
    readonly waiting?: { readonly reason: string };
    readonly running?: object;
    readonly terminated?: { readonly exitCode: number; readonly reason: string };
  };
}

export interface PodView {
  readonly uid: string;
  readonly phase: string;
  readonly reason?: string;
  readonly podIP: string;
  readonly conditions: readonly { type: string; status: string }[];
  container(name: string): ContainerView;
}

export function viewPod(api: KubernetesApi, name: string): PodView | undefined {
  const pod = api.get("pods", "ml", name);
  if (!pod) return undefined;
  const status = pod["status"] as PodView & {
    containerStatuses?: ContainerView[];
    initContainerStatuses?: ContainerView[];
  };
  const all = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
  return {
    ...status,
    uid: pod.metadata.uid ?? "",
    conditions: status.conditions ?? [],
    container(wanted) {
      const found = all.find((container) => container.name === wanted);
      if (!found) return { name: wanted, ready: false, restartCount: 0, state: {} };
      return found;
    },
  };
}

/** Waits until the pod is as the test wants it. */
export async function untilPod(
  api: KubernetesApi,
  name: string,
  holds: (pod: PodView) => boolean,
): Promise<PodView> {
  let last: unknown;
  try {
    return await until(`pod ${name}`, () => {
      const pod = viewPod(api, name);
      last = pod;
      return pod && holds(pod) && pod;
    });
  } catch (error) {
    throw new Error(`${String(error)}; last seen: ${JSON.stringify(last)}`, { cause: error });
  }
}

export function isReady(pod: PodView): boolean {
  return pod.conditions.some(({ type, status }) => type === "Ready" && status === "True");
}
