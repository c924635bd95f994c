import { isSameJson } from "../../objects/deep-equal.ts";
import { isJsonObject, type JsonObject } from "../../objects/kube-object.ts";

/** The field that names an item, by the list's own name (the `patchMergeKey` tags of k8s.io/api). */
const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ["name"],
  initContainers: ["name"],
  ephemeralContainers: ["name"],
  env: ["name"],
  volumes: ["name"],
  volumeMounts: ["mountPath"],
  imagePullSecrets: ["name"],
  secrets: ["name"],
  ports: ["containerPort", "port"],
  hostAliases: ["ip"],
  ownerReferences: ["uid"],
  conditions: ["type"],
  addresses: ["type"],
  podIPs: ["ip"],
};

/** Lists of plain values that are joined instead of replaced. */
const JOINED_LISTS = new Set(["finalizers"]);

/**
 * A strategic merge patch, as far as lists are known by the names above; other lists are replaced.
 * `$patch: delete | replace` and `$deleteFromPrimitiveList` are obeyed; `$setElementOrder` and
 * `$retainKeys`, which only keep order and drop siblings, are not.
 */
export function strategicMerge(target: unknown, patch: unknown, listName = ""): unknown {
  if (Array.isArray(patch)) return mergeList(target, patch, listName);
  if (!isJsonObject(patch)) return patch;
  const { $patch: directive, ...fields } = patch;
  if (directive === "replace") return fields;
  const result = new Map(Object.entries(isJsonObject(target) ? target : {}));
  for (const [key, value] of Object.entries(fields)) {
    if (key.startsWith("$")) obeyDirective(result, key, value);
    else if (value === null) result.delete(key);
    else result.set(key, strategicMerge(result.get(key), value, key));
  }
  return Object.fromEntries(result);
}

function obeyDirective(result: Map<string, unknown>, key: string, value: unknown): void {
  const list = /^\$deleteFromPrimitiveList\/(.+)$/.exec(key)?.[1];
  if (list === undefined || !Array.isArray(value)) return;
  const current: unknown = result.get(list);
  if (!Array.isArray(current)) return;
  result.set(
    list,
    current.filter((item: unknown) => !value.includes(item)),
  );
}

function mergeList(target: unknown, patch: readonly unknown[], listName: string): unknown {
  const current: readonly unknown[] = Array.isArray(target) ? target : [];
  if (JOINED_LISTS.has(listName)) {
    return [...current, ...patch.filter((item) => !current.includes(item))];
  }
  const keys = MERGE_KEYS[listName];
  const items = patch.filter(isJsonObject);
  const key = keys?.find((each) =>
    items.every((item) => Object.hasOwn(item, each) || isReplacement(item)),
  );
  if (key === undefined || items.length !== patch.length) return patch;
  if (items.some(isReplacement)) return items.filter((item) => !isReplacement(item));
  return items.reduce<readonly unknown[]>((list, item) => mergeItem(list, item, key), current);
}

function mergeItem(list: readonly unknown[], item: JsonObject, key: string): readonly unknown[] {
  const isSame = (other: unknown): boolean =>
    isJsonObject(other) && isSameJson(other[key], item[key]);
  if (item["$patch"] === "delete") return list.filter((other) => !isSame(other));
  if (!list.some(isSame)) return [...list, strategicMerge({}, item)];
  return list.map((other) => (isSame(other) ? strategicMerge(other, item) : other));
}

/** `{"$patch": "replace"}` alone in a list: the rest of the list is the new one. */
function isReplacement(item: JsonObject): boolean {
  return item["$patch"] === "replace" && Object.keys(item).length === 1;
}
