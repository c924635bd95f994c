import { createHash } from "node:crypto";
import { hostname } from "node:os";

/** Tells this app from others on the same storage account, from one start to the next (ScriptHostIdProvider.cs). */
export function hostIdOf(root: string, env: NodeJS.ProcessEnv): string {
  const given = env["AzureFunctionsWebHost__hostid"];
  if (given !== undefined && given !== "") return given;
  const machine = hostname()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "");
  const digest = createHash("sha256").update(root).digest("hex");
  return `${machine.slice(0, 20) || "host"}-${digest.slice(0, 10)}`;
}
