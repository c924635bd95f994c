import { once } from "node:events";
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { pipeline } from "node:stream/promises";

import { serviceUnavailable } from "../api-error.ts";
import type { Call, Reply } from "../http/call.ts";
import type { ResourceRequest } from "../http/request-info.ts";
import type { Registry } from "../registry/registry.ts";
import type { Dial } from "./dial.ts";
import { findPodTarget, findServiceTarget } from "./proxy-target.ts";
import { requestInside } from "./request-inside.ts";

/** Of one connection only (RFC 9110, 7.6.1), or of the caller and the API alone. */
const NOT_PASSED_ON = new Set([
  "authorization",
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** `services/x:80/proxy/...` and `pods/x:5000/proxy/...`: any method, bodies streamed both ways. */
export function proxyRequest(
  registry: Registry,
  dial: Dial,
  { resource, namespace = "", name = "", rest }: ResourceRequest,
  call: Call,
): Reply {
  const find = resource.kind === "Pod" ? findPodTarget : findServiceTarget;
  const { host, port } = find(registry, namespace, name);
  const path = `${rest === "" ? "/" : rest}${call.url.search}`;

  return {
    async stream() {
      const answer = await ask().catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        throw serviceUnavailable(`error trying to reach service: ${why}`);
      });
      call.response.writeHead(answer.statusCode ?? 502, passedOn(answer.headers));
      call.response.flushHeaders();
      await pipeline(answer, call.response);
    },
  };

  async function ask(): Promise<IncomingMessage> {
    const headers: OutgoingHttpHeaders = {
      ...passedOn(call.request.headers),
      host: `${host}:${port}`,
      "x-forwarded-uri": call.url.pathname,
    };
    const { method, signal } = call;
    const request = await requestInside(dial, { host, port, method, path, headers, signal });
    const answered = once(request, "response");
    await Promise.race([answered, pipeline(call.request, request)]);
    const [answer]: IncomingMessage[] = await answered;
    if (!answer) throw new Error("no answer");
    return answer;
  }
}

function passedOn(headers: Readonly<OutgoingHttpHeaders>): OutgoingHttpHeaders {
  const entries = Object.entries(headers);
  return Object.fromEntries(entries.filter(([name]) => !NOT_PASSED_ON.has(name)));
}
