import { type KubeObject, valueAt } from "../../objects/kube-object.ts";

export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "date";
  readonly description: string;
  /** Shown with `-o wide` only, if not 0. */
  readonly priority: number;
  readonly cell: (object: KubeObject) => unknown;
}

export type Columns = readonly Column[];

export function column(
  name: string,
  cell: (object: KubeObject) => unknown,
  options: { readonly wide?: boolean; readonly type?: Column["type"] } = {},
): Column {
  return {
    name,
    type: options.type ?? "string",
    description: "",
    priority: options.wide ? 1 : 0,
    cell,
  };
}

export const NAME_COLUMN = column("Name", ({ metadata }) => metadata.name);

export const AGE_COLUMN = column("Age", ({ metadata }) => ageOf(metadata.creationTimestamp));

/** kubernetes: apimachinery/pkg/util/duration, HumanDuration. */
export function ageOf(since: unknown, now = Date.now()): string {
  const start = typeof since === "string" ? Date.parse(since) : Number.NaN;
  if (Number.isNaN(start)) return "<unknown>";
  const seconds = Math.max(0, Math.floor((now - start) / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return withRest(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return withRest(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return withRest(days, "d", hours % 24, "h");
  return `${days}d`;
}

function withRest(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`;
}

/** A text or a number somewhere in the object; empty if it is not there. */
export function cellAt(...path: readonly string[]): (object: KubeObject) => unknown {
  return (object) => {
    const value = valueAt(object, ...path);
    return typeof value === "string" || typeof value === "number" ? value : "";
  };
}
