import http from "node:http";
import { text } from "node:stream/consumers";

import type { GpuNode } from "../../../../infra/local/cluster/node/start-gpu-node.ts";
import type { KubernetesApi } from "./kubernetes-api.ts";
import type { Lab } from "./lab.ts";
import { until } from "./pods.ts";

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** HTTP through `dial`, as the API server's proxy does it. */
export async function ask(
  node: GpuNode,
  host: string,
  port: number,
  route: string,
  body?: string,
): Promise<Answer> {
  const socket = await node.dial(host, port);
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        path: route,
        method: body === undefined ? "GET" : "POST",
        headers: { "content-type": "application/json", connection: "close" },
        createConnection: () => socket,
      },
      (response) => {
        text(response).then(
          (answer) => resolve({ status: response.statusCode ?? 0, text: answer }),
          reject,
        );
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

/** A container's log, through the kubelet of the pod's node. */
export async function readLog(
  { api, node }: Lab,
  pod: string,
  container: string,
  query = "",
): Promise<string> {
  const address = await nodeAddressOf(api, pod);
  const answer = await ask(node, address, 10_250, `/containerLogs/ml/${pod}/${container}${query}`);
  return answer.text;
}

/** The address of a pod's node, once the node has registered. */
export async function nodeAddressOf(api: KubernetesApi, pod: string): Promise<string> {
  return until(`address of the node of ${pod}`, () => {
    const spec = api.get("pods", "ml", pod)?.["spec"] as { nodeName?: string } | undefined;
    const status = api.get("nodes", undefined, spec?.nodeName ?? "")?.["status"] as
      { addresses?: { type: string; address: string }[] } | undefined;
    return status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
  });
}

/**
 * Waits until a container has written something, in this run or the one before.
 *
 * @returns all that it has written in both
 */
export async function untilLogged(
  lab: Lab,
  pod: string,
  container: string,
  words: string,
): Promise<string> {
  return until(`'${words}' in the log of ${pod}/${container}`, async () => {
    const logs = [
      await readLog(lab, pod, container, "?previous=true"),
      await readLog(lab, pod, container),
    ];
    return logs.some((log) => log.includes(words)) && logs.join("");
  });
}
