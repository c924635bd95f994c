import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";

import { Node } from "../../objects/node.ts";
import { Pod } from "../../objects/pod.ts";
import { ApiError, badRequest, internalError } from "../api-error.ts";
import type { Call, Reply } from "../http/call.ts";
import type { ResourceRequest } from "../http/request-info.ts";
import type { Registry } from "../registry/registry.ts";
import { NODES, PODS } from "../resources/core-resources.ts";
import type { Dial } from "./dial.ts";
import { requestInside } from "./request-inside.ts";

const PASSED_ON = new Set([
  "follow",
  "limitBytes",
  "previous",
  "sinceSeconds",
  "sinceTime",
  "tailLines",
  "timestamps",
]);

const KUBELET_PORT = 10_250;
const ERROR_TEXT_LIMIT = 64 * 1024;

/** `pods/x/log`: asks the kubelet of the pod's node (kubernetes: pod/strategy.go, LogLocation). */
export function podLog(
  registry: Registry,
  dial: Dial,
  { namespace = "", name = "" }: ResourceRequest,
  call: Call,
): Reply {
  const pod = Pod.parse(registry.get(PODS, namespace, name));
  const container = chooseContainer(pod, call.url.searchParams.get("container") ?? "");
  const { nodeName } = pod.spec;
  // Nobody has the pod yet, so nobody has a log: 204.
  if (nodeName === undefined) return { status: 204, body: "" };
  const { host, port } = kubeletOf(registry, nodeName);
  const query = new URLSearchParams(
    [...call.url.searchParams].filter(([key]) => PASSED_ON.has(key)),
  );
  const path = `/containerLogs/${namespace}/${name}/${container}?${query.toString()}`;

  return {
    async stream() {
      const answer = await askKubelet(dial, host, port, path, call);
      if (answer.statusCode !== 200) throw refusal(answer.statusCode ?? 500, await read(answer));
      call.response.writeHead(200, { "content-type": "text/plain" });
      call.response.flushHeaders();
      await pipeline(answer, call.response);
    },
  };
}

function kubeletOf(registry: Registry, nodeName: string): { host: string; port: number } {
  const stored = registry.find(NODES, undefined, nodeName);
  if (!stored) throw internalError(`node "${nodeName}" not found`);
  const { addresses, daemonEndpoints } = Node.parse(stored).status;
  return {
    host: addresses.find(({ type }) => type === "InternalIP")?.address ?? "",
    port: daemonEndpoints?.kubeletEndpoint?.Port ?? KUBELET_PORT,
  };
}

async function askKubelet(
  dial: Dial,
  host: string,
  port: number,
  path: string,
  { signal }: Call,
): Promise<IncomingMessage> {
  const headers = { host: `${host}:${port}` };
  try {
    const request = await requestInside(dial, { host, port, method: "GET", path, headers, signal });
    request.end();
    const [answer]: IncomingMessage[] = await once(request, "response");
    if (!answer) throw new Error("no answer");
    return answer;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw internalError(`Get "https://${host}:${port}${path}": ${why}`);
  }
}

function chooseContainer({ metadata, spec }: Pod, wanted: string): string {
  const main = spec.containers.map(({ name }) => name);
  const init = spec.initContainers.map(({ name }) => name);
  if (wanted !== "") {
    if ([...main, ...init].includes(wanted)) return wanted;
    throw badRequest(`container ${wanted} is not valid for pod ${metadata.name}`);
  }
  const [only, ...others] = main;
  if (only !== undefined && others.length === 0) return only;
  const hint = init.length > 0 ? ` or one of the init containers: [${init.join(" ")}]` : "";
  throw badRequest(
    `a container name must be specified for pod ${metadata.name}, choose one of: [${main.join(" ")}]${hint}`,
  );
}

/** apiserver: registry/generic/rest/response_checker.go. */
function refusal(status: number, text: string): ApiError {
  if (status === 400) return badRequest(text);
  const message = `the server could not find the requested resource (${text})`;
  if (status === 404) return new ApiError(404, "NotFound", message);
  return internalError(`the kubelet answered ${status}: ${text}`);
}

async function read(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of answer) {
    text += Buffer.from(chunk).toString("utf8");
    if (text.length > ERROR_TEXT_LIMIT) break;
  }
  return text;
}
