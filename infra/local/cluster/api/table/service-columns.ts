import type { KubeObject } from "../../objects/kube-object.ts";
import { Service } from "../../objects/service.ts";
import { AGE_COLUMN, cellAt, column, type Columns, NAME_COLUMN } from "./columns.ts";

export const SERVICE_COLUMNS: Columns = [
  NAME_COLUMN,
  column("Type", cellAt("spec", "type")),
  column("Cluster-IP", cellAt("spec", "clusterIP")),
  column("External-IP", () => "<none>"),
  column("Port(s)", portsOf),
  AGE_COLUMN,
  column("Selector", selectorOf, { wide: true }),
];

function portsOf(service: KubeObject): string {
  const { ports } = Service.parse(service).spec;
  return ports.map(({ port, protocol }) => `${port}/${protocol}`).join(",") || "<none>";
}

function selectorOf(service: KubeObject): string {
  const { selector = {} } = Service.parse(service).spec;
  const terms = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  return terms.join(",") || "<none>";
}
