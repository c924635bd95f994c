import { fitsExpression } from "../../api/registry/selectors.ts";
import { isNodeReady, type Node, type Taint } from "../../objects/node.ts";
import { hasEnded, type Pod, type Toleration } from "../../objects/pod.ts";

const GPU = "nvidia.com/gpu";

/** Why a pod cannot go to a node, in the scheduler's words; undefined if it can. */
export function misfit(pod: Pod, node: Node, podsThere: readonly Pod[]): string | undefined {
  if (!isNodeReady(node) || node.metadata.deletionTimestamp !== undefined) {
    return "node(s) were not ready";
  }
  if (node.spec.unschedulable) return "node(s) were unschedulable";
  const taint = node.spec.taints.find(
    (each) => each.effect !== "PreferNoSchedule" && !isTolerated(each, pod.spec.tolerations),
  );
  if (taint) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`;
  if (!fitsAffinity(pod, node)) return "node(s) didn't match Pod's node affinity/selector";
  return gpusOf(pod) > freeGpus(node, podsThere) ? `Insufficient ${GPU}` : undefined;
}

/** api: core/v1/toleration.go, ToleratesTaint. */
export function isTolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return tolerations.some(
    ({ key, operator, value, effect }) =>
      (effect === undefined || effect === "" || effect === taint.effect) &&
      (key === undefined || key === "" ? operator === "Exists" : key === taint.key) &&
      (operator === "Exists" || (value ?? "") === (taint.value ?? "")),
  );
}

function fitsAffinity({ spec }: Pod, { metadata }: Node): boolean {
  const { labels } = metadata;
  const selected = Object.entries(spec.nodeSelector).every(([key, value]) => labels[key] === value);
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return (
    selected &&
    (!required ||
      required.nodeSelectorTerms.some(({ matchExpressions }) =>
        matchExpressions.every((expression) => fitsExpression(labels, expression)),
      ))
  );
}

function freeGpus({ status }: Node, podsThere: readonly Pod[]): number {
  const used = podsThere.filter((pod) => !hasEnded(pod)).reduce((sum, pod) => sum + gpusOf(pod), 0);
  return Number(status.allocatable[GPU] ?? status.capacity[GPU] ?? 0) - used;
}

function gpusOf({ spec }: Pod): number {
  const requests = spec.containers.map(({ resources }) => Number(resources?.requests?.[GPU] ?? 0));
  return requests.reduce((sum, count) => sum + count, 0);
}
