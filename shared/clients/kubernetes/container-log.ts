import type { KubeObjects } from "./kube-objects.ts";
import { isSuccess, kubeError } from "./kube-errors.ts";
import { observePods } from "./observe-pod.ts";
import { theLast } from "./read-body.ts";

const LOG_TIMEOUT_MS = 60_000;

/** The end of a container's log, of the newest pod of a Workspace. Empty when there is none. */
export async function readContainerLog(
  objects: KubeObjects,
  workspace: string,
  container: string,
  maxBytes: number,
): Promise<string> {
  const [pod] = await observePods(objects, workspace);
  // A container that has not started has no log, and the API says so with 400.
  const status = pod?.containers.find(({ name }) => name === container);
  if (!pod || !status || (status.state === "waiting" && status.restartCount === 0)) return "";

  const answer = await objects.ask("Pod", `${encodeURIComponent(pod.name)}/log`, {
    method: "GET",
    // Every line has a byte at least, so this many lines hold the last bytes; `limitBytes` would give
    // the first ones.
    query: { container, tailLines: String(maxBytes) },
    timeoutMs: LOG_TIMEOUT_MS,
    read: theLast(maxBytes),
  });
  if (answer.status === 404) return "";
  if (!isSuccess(answer)) throw kubeError(`reading the log of ${container}`, answer);
  return answer.text;
}
