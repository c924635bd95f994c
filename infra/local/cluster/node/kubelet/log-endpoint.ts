import type http from "node:http";

import { z } from "zod";

import type { LogQuery } from "./container-log.ts";
import type { ContainerRecord } from "./container-record.ts";

export type FindContainer = (
  namespace: string,
  pod: string,
  container: string,
) => ContainerRecord | undefined;

const wholeNumber = z.coerce.number().int().min(0).optional();
const truth = z.enum(["true", "false", "1", "0"]).optional();

/** The options that the API server passes on from `kubectl logs`. */
const Query = z.object({
  tailLines: wholeNumber,
  limitBytes: wholeNumber,
  sinceSeconds: wholeNumber,
  sinceTime: z.iso.datetime({ offset: true }).optional(),
  follow: truth,
  timestamps: truth,
  previous: truth,
});

/** kubelet: `GET /containerLogs/{namespace}/{pod}/{container}`; everything else is 404. */
export function createLogHandler(find: FindContainer): http.RequestListener {
  return (request, response) => {
    void answer(find, request, response).catch(() => response.destroy());
  };
}

async function answer(
  find: FindContainer,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://kubelet");
  const route = request.method === "GET" ? parseRoute(url.pathname) : undefined;
  if (!route) {
    refuse(response, 404, "404 page not found");
    return;
  }
  const query = Query.safeParse(Object.fromEntries(url.searchParams));
  if (!query.success) {
    refuse(response, 400, `wrong log options: ${z.prettifyError(query.error)}`);
    return;
  }
  const { container, namespace, pod } = route;
  const record = find(namespace, pod, container);
  if (!record) {
    refuse(response, 404, `container "${container}" of pod "${pod}" is not known to this node`);
    return;
  }
  const previous = isTrue(query.data.previous);
  const log = previous ? record.previousLog : record.log;
  if (!log) {
    refuse(response, 400, missingLog(record, container, pod, previous));
    return;
  }
  await send(response, log.read(toLogQuery(query.data), closedSignal(response)));
}

function parseRoute(
  path: string,
): { namespace: string; pod: string; container: string } | undefined {
  const parts = /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(path);
  if (!parts) return undefined;
  const [, namespace = "", pod = "", container = ""] = parts;
  return { namespace, pod, container };
}

function missingLog(
  record: ContainerRecord,
  container: string,
  pod: string,
  previous: boolean,
): string {
  if (previous) return `previous terminated container "${container}" in pod "${pod}" not found`;
  const reason = record.state.waiting?.reason ?? "unknown";
  return `container "${container}" in pod "${pod}" is waiting to start: ${reason}`;
}

async function send(response: http.ServerResponse, pieces: AsyncIterable<string>): Promise<void> {
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
  response.flushHeaders();
  for await (const piece of pieces) {
    if (response.write(piece)) continue;
    await new Promise<void>((resolve) => {
      response.once("drain", resolve);
      response.once("close", resolve);
    });
    if (response.destroyed) return;
  }
  response.end();
}

function closedSignal(response: http.ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => controller.abort());
  return controller.signal;
}

function toLogQuery(query: z.infer<typeof Query>): LogQuery {
  const { tailLines, limitBytes, sinceSeconds, sinceTime } = query;
  const since = sinceTime === undefined ? undefined : Date.parse(sinceTime);
  return {
    tailLines,
    limitBytes,
    sinceMs: sinceSeconds === undefined ? since : Date.now() - sinceSeconds * 1000,
    follow: isTrue(query.follow),
    timestamps: isTrue(query.timestamps),
  };
}

function isTrue(value: string | undefined): boolean {
  return value === "true" || value === "1";
}

function refuse(response: http.ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(message);
}
