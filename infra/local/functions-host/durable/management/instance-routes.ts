import { type Answer, jsonAnswer } from "../../http/answer.ts";
import { readHistory } from "../history.ts";
import { hasEnded, type Instance, isEntityId, RuntimeStatus } from "../instance.ts";
import type { InstanceFilter } from "../store/store.ts";
import { RefusedOperation } from "./client-operations.ts";
import { managementLinks } from "./links.ts";
import type { ManagementContext, ManagementRequest } from "./management-api.ts";
import { startedAnswer } from "./orchestrator-routes.ts";
import { readJsonText } from "./request-json.ts";
import { statusDocument } from "./status-document.ts";

const CONTINUATION_HEADER = "x-ms-continuation-token";
const ACCEPTED: Answer = { status: 202 };
const NOT_FOUND: Answer = { status: 404 };

/** `instances/`, `instances/{id}` and `instances/{id}/{operation}`. */
export function handleInstances(
  request: ManagementRequest,
  context: ManagementContext,
): Answer | undefined {
  const [, id, operation] = request.segments;
  if (id === undefined) return handleAll(request, context);
  if (operation === undefined) return handleOne(id, request, context);
  const instance = context.hub.store.instance(id);
  if (!instance) return NOT_FOUND;
  if (request.method !== "POST") return undefined;
  return operate(instance, operation.toLowerCase(), request, context);
}

function handleAll(request: ManagementRequest, context: ManagementContext): Answer | undefined {
  if (request.method === "GET") return listInstances(request, context);
  if (request.method === "DELETE") return purgeInstances(request, context);
  return undefined;
}

function handleOne(
  id: string,
  { method, query }: ManagementRequest,
  context: ManagementContext,
): Answer | undefined {
  if (method === "DELETE") {
    return context.hub.store.purge(id) ? jsonAnswer(200, { instancesDeleted: 1 }) : NOT_FOUND;
  }
  if (method !== "GET") return undefined;
  const instance = isEntityId(id) ? undefined : context.hub.store.instance(id);
  return instance ? describeInstance(instance, query, context) : NOT_FOUND;
}

function describeInstance(
  instance: Instance,
  query: URLSearchParams,
  { hub, links }: ManagementContext,
): Answer {
  const document = statusDocument(instance, {
    showInput: !isFalse(query.get("showInput")),
    history: isTrue(query.get("showHistory"))
      ? readHistory(hub.store.history(instance.id))
      : undefined,
    showHistoryOutput: isTrue(query.get("showHistoryOutput")),
  });
  if (!hasEnded(instance)) {
    const { statusQueryGetUri } = managementLinks(instance.id, links);
    return jsonAnswer(202, document, { location: statusQueryGetUri, "retry-after": "5" });
  }
  const failureIsError = isTrue(query.get("returnInternalServerErrorOnFailure"));
  return jsonAnswer(instance.status === "Failed" && failureIsError ? 500 : 200, document);
}

function listInstances({ query, headers }: ManagementRequest, { hub }: ManagementContext): Answer {
  const token = headers[CONTINUATION_HEADER];
  const limit = Number(query.get("top")) || undefined;
  const instances = hub.store.instances({
    ...filterOf(query),
    after: typeof token === "string" && token !== "" ? decodeToken(token) : undefined,
    // One more tells whether there is another page.
    limit: limit === undefined ? undefined : limit + 1,
  });
  const page = instances.slice(0, limit);
  const last = page.at(-1);
  const more = instances.length > page.length && last ? encodeToken(last.id) : "";
  const showInput = isTrue(query.get("showInput"));
  const documents = page.map((instance) =>
    statusDocument(instance, { showInput, history: undefined, showHistoryOutput: false }),
  );
  return jsonAnswer(200, documents, { [CONTINUATION_HEADER]: more });
}

function purgeInstances({ query }: ManagementRequest, { hub }: ManagementContext): Answer {
  if (!query.get("createdTimeFrom")) {
    return jsonAnswer(400, "Please provide value for 'createdTimeFrom' parameter.");
  }
  // Only what has ended is ever purged by a filter.
  const ended = hub.store.instances(filterOf(query)).filter(hasEnded);
  for (const { id } of ended) hub.store.purge(id);
  return ended.length > 0 ? jsonAnswer(200, { instancesDeleted: ended.length }) : NOT_FOUND;
}

function operate(
  instance: Instance,
  operation: string,
  request: ManagementRequest,
  context: ManagementContext,
): Answer | undefined {
  const { operations } = context;
  const reason = request.query.get("reason");
  switch (operation) {
    case "raiseevent":
      return raiseEvent(instance, request, context);
    case "terminate":
      operations.terminate(instance, reason);
      return ACCEPTED;
    case "suspend":
      operations.suspend(instance, reason);
      return ACCEPTED;
    case "resume":
      operations.resume(instance, reason);
      return ACCEPTED;
    case "rewind":
      operations.rewind(instance, reason);
      return ACCEPTED;
    case "restart": {
      const withNewId = !isFalse(request.query.get("restartWithNewInstanceId"));
      return startedAnswer(operations.restart(instance, withNewId), context);
    }
    default:
      return undefined;
  }
}

function raiseEvent(
  instance: Instance,
  { segments, headers, body }: ManagementRequest,
  { operations }: ManagementContext,
): Answer | undefined {
  const name = segments[3];
  if (name === undefined) return undefined;
  const type = headers["content-type"];
  if (typeof type !== "string" || !type.toLowerCase().startsWith("application/json")) {
    throw new RefusedOperation(400, "Only application/json request content is supported");
  }
  operations.raiseEvent(instance, name, readJsonText(body));
  return ACCEPTED;
}

function filterOf(query: URLSearchParams): InstanceFilter {
  const statuses = query.get("runtimeStatus")?.split(",") ?? [];
  return {
    // Words that no instance can have are left out, as the extension does.
    statuses:
      statuses.length > 0
        ? statuses.flatMap((word) => RuntimeStatus.safeParse(word).data ?? [])
        : undefined,
    createdFrom: timeOf(query.get("createdTimeFrom")),
    createdTo: timeOf(query.get("createdTimeTo")),
    idPrefix: query.get("instanceIdPrefix") ?? undefined,
  };
}

function timeOf(text: string | null): string | undefined {
  if (!text) return undefined;
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new RefusedOperation(400, `'${text}' is not a time.`);
  return time.toISOString();
}

function encodeToken(id: string): string {
  return Buffer.from(id).toString("base64url");
}

function decodeToken(token: string): string {
  return Buffer.from(token, "base64url").toString();
}

function isTrue(text: string | null): boolean {
  return text?.toLowerCase() === "true";
}

function isFalse(text: string | null): boolean {
  return text?.toLowerCase() === "false";
}
