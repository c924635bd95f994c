import type { KubeObject } from "../../objects/kube-object.ts";
import { type ContainerStatus, hasEnded, Pod } from "../../objects/pod.ts";
import { AGE_COLUMN, cellAt, column, type Columns, NAME_COLUMN } from "./columns.ts";

export const POD_COLUMNS: Columns = [
  NAME_COLUMN,
  column("Ready", readyContainers),
  column("Status", (pod) => statusOf(Pod.parse(pod))),
  column("Restarts", restarts, { type: "string" }),
  AGE_COLUMN,
  column("IP", (pod) => cellAt("status", "podIP")(pod) || "<none>", { wide: true }),
  column("Node", (pod) => cellAt("spec", "nodeName")(pod) || "<none>", { wide: true }),
  column("Nominated Node", () => "<none>", { wide: true }),
  column("Readiness Gates", () => "<none>", { wide: true }),
];

function readyContainers(object: KubeObject): string {
  const { spec, status } = Pod.parse(object);
  const ready = status.containerStatuses.filter((each) => each.ready).length;
  return `${ready}/${spec.containers.length}`;
}

function restarts(object: KubeObject): string {
  const { containerStatuses, initContainerStatuses } = Pod.parse(object).status;
  const all = [...initContainerStatuses, ...containerStatuses];
  return String(all.reduce((sum, { restartCount }) => sum + restartCount, 0));
}

/** kubernetes: pkg/printers/internalversion/printers.go, printPod. */
function statusOf(pod: Pod): string {
  if (pod.metadata.deletionTimestamp !== undefined && !hasEnded(pod)) return "Terminating";
  const init = initReason(pod);
  if (init !== undefined) return init;
  const { containerStatuses, phase, reason } = pod.status;
  const told = containerStatuses.map(reasonOf).findLast((each) => each !== undefined);
  const isRunning = containerStatuses.some(({ ready, state }) => ready && state.running);
  if (told === "Completed" && isRunning) return "Running";
  return told ?? reason ?? phase;
}

function initReason({ spec, status }: Pod): string | undefined {
  const at = status.initContainerStatuses.findIndex(
    ({ state }) => state.terminated?.exitCode !== 0,
  );
  const current = status.initContainerStatuses[at];
  if (!current) return undefined;
  const reason = reasonOf(current);
  if (reason !== undefined && reason !== "PodInitializing") return `Init:${reason}`;
  return `Init:${at}/${spec.initContainers.length}`;
}

function reasonOf({ state }: ContainerStatus): string | undefined {
  if (state.waiting?.reason) return state.waiting.reason;
  if (!state.terminated) return undefined;
  return state.terminated.reason ?? `ExitCode:${state.terminated.exitCode}`;
}
