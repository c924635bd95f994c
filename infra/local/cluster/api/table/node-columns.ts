import { type KubeObject, objectAt } from "../../objects/kube-object.ts";
import { Node } from "../../objects/node.ts";
import { AGE_COLUMN, cellAt, column, type Columns, NAME_COLUMN } from "./columns.ts";
import { conditionStatus } from "./conditions.ts";

const ready = conditionStatus("Ready");

export const NODE_COLUMNS: Columns = [
  NAME_COLUMN,
  column("Status", statusOf),
  column("Roles", () => "<none>"),
  AGE_COLUMN,
  column("Version", cellAt("status", "nodeInfo", "kubeletVersion")),
  column("Internal-IP", addressOf, { wide: true }),
  column("OS-Image", cellAt("status", "nodeInfo", "osImage"), { wide: true }),
  column("GPUs", (node) => objectAt(node, "status", "allocatable")["nvidia.com/gpu"] ?? "", {
    wide: true,
  }),
];

function statusOf(node: KubeObject): string {
  const words = [ready(node) === "True" ? "Ready" : "NotReady"];
  if (objectAt(node, "spec")["unschedulable"] === true) words.push("SchedulingDisabled");
  return words.join(",");
}

function addressOf(node: KubeObject): string {
  const { addresses } = Node.parse(node).status;
  return addresses.find(({ type }) => type === "InternalIP")?.address ?? "<none>";
}
