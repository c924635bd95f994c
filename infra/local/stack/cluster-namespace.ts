import { readFileSync } from "node:fs";
import https from "node:https";

export interface ClusterAccess {
  readonly url: string;
  readonly caFile: string;
  readonly adminToken: string;
}

const CREATED = 201;
const EXISTS = 409;

/** Creates the namespace if it is missing, as whoever sets up the cluster would. */
export async function ensureNamespace(cluster: ClusterAccess, name: string): Promise<void> {
  const status = await new Promise<number>((resolve, reject) => {
    const request = https.request(
      new URL("/api/v1/namespaces", cluster.url),
      {
        method: "POST",
        ca: readFileSync(cluster.caFile),
        headers: {
          authorization: `Bearer ${cluster.adminToken}`,
          "content-type": "application/json",
        },
      },
      (response) => {
        response.resume().once("end", () => resolve(response.statusCode ?? 0));
      },
    );
    request.once("error", reject);
    request.end(JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
  });
  if (status !== CREATED && status !== EXISTS) {
    throw new Error(`The cluster answered ${status} when asked for the namespace ${name}`);
  }
}
