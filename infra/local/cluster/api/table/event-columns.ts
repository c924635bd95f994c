import { type KubeObject, textAt, valueAt } from "../../objects/kube-object.ts";
import { ageOf, cellAt, column, type Columns, NAME_COLUMN } from "./columns.ts";

export const EVENT_COLUMNS: Columns = [
  column("Last Seen", (event) =>
    ageOf(valueAt(event, "lastTimestamp") ?? valueAt(event, "eventTime")),
  ),
  column("Type", cellAt("type")),
  column("Reason", cellAt("reason")),
  column("Object", objectOf),
  column("Message", cellAt("message")),
  { ...NAME_COLUMN, priority: 1 },
];

function objectOf(event: KubeObject): string {
  const kind = textAt(event, "involvedObject", "kind") ?? "";
  return `${kind.toLowerCase()}/${textAt(event, "involvedObject", "name") ?? ""}`;
}
