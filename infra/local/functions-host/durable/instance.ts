import { z } from "zod";

export const RuntimeStatus = z.enum([
  "Pending",
  "Running",
  "Suspended",
  "Completed",
  "Failed",
  "Terminated",
]);
export type RuntimeStatus = z.infer<typeof RuntimeStatus>;

const ENDED: ReadonlySet<RuntimeStatus> = new Set(["Completed", "Failed", "Terminated"]);

export const ParentInstance = z.object({
  instanceId: z.string(),
  executionId: z.string(),
  taskId: z.number(),
});
export type ParentInstance = z.infer<typeof ParentInstance>;

/** One orchestration. `executionId` changes at each continue-as-new, rewind and new start of the same id. */
export const Instance = z.object({
  id: z.string(),
  executionId: z.string(),
  name: z.string(),
  version: z.string(),
  status: RuntimeStatus,
  /** JSON text. */
  input: z.string().nullable(),
  /** JSON text, or the plain text of a failure or of a reason to terminate. */
  output: z.string().nullable(),
  /** JSON text. */
  customStatus: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
  parent: ParentInstance.nullable(),
});
export type Instance = Readonly<z.infer<typeof Instance>>;

export const Entity = z.object({
  /** `@name@key`, the name in lower case. */
  id: z.string(),
  exists: z.boolean(),
  /** JSON text. */
  state: z.string().nullable(),
  updatedAt: z.string(),
  /** Ids of the requests that it dealt with last: one that comes twice runs once. */
  recent: z.array(z.string()).optional(),
});
export type Entity = Readonly<z.infer<typeof Entity>>;

export function hasEnded(instance: Instance): boolean {
  return ENDED.has(instance.status);
}

export function isEntityId(id: string): boolean {
  return id.startsWith("@");
}

/** DurableTask `EntityId.ToString`: names compare without case, keys with it. */
export function entityId(name: string, key: string): string {
  return `@${name.toLowerCase()}@${key}`;
}

export function parseEntityId(id: string): { name: string; key: string } {
  const split = id.indexOf("@", 1);
  return { name: id.slice(1, split), key: id.slice(split + 1) };
}
