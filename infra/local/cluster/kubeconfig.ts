import { chmodSync, readFileSync, writeFileSync } from "node:fs";

import { stringify } from "yaml";

/** Writes a kubeconfig with the administrator's token, readable by its owner only. */
export function writeKubeconfig(file: string, url: string, caFile: string, token: string): void {
  const name = "rollforward-local";
  const document = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name,
        cluster: {
          server: url,
          "certificate-authority-data": readFileSync(caFile).toString("base64"),
        },
      },
    ],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name, context: { cluster: name, user: "admin", namespace: "default" } }],
    "current-context": name,
  };
  writeFileSync(file, stringify(document), { mode: 0o600 });
  // A file that was there keeps its mode otherwise.
  chmodSync(file, 0o600);
}
