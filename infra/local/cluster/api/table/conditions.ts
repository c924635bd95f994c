import { isJsonObject, type KubeObject, listAt, textAt } from "../../objects/kube-object.ts";

/** The status of a condition, as `.status.conditions[?(@.type=="X")].status` says it. */
export function conditionStatus(type: string): (object: KubeObject) => string {
  return (object) => {
    const conditions = listAt(object, "status", "conditions");
    const found = conditions.find((each) => isJsonObject(each) && each["type"] === type);
    return textAt(found, "status") ?? "";
  };
}
