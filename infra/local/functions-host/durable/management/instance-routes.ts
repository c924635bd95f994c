import { type Answer, jsonAnswer } from "../../http/answer.ts";
import { readHistory } from "../history.ts";
import { hasEnded, type Instance, isEntityId } from "../instance.ts";
import type { InstanceFilter } from "../store/store.ts";
import { operateOnInstance } from "./instance-operations.ts";
import { WEBHOOK_PATH } from "./links.ts";
import type { ManagementContext, ManagementRequest } from "./management-context.ts";
import { CONTINUATION_HEADER, continuationOf, toPage } from "./paging.ts";
import { booleanOf, pageSizeOf, statusesOf, timeOf } from "./query.ts";
import { Refusal } from "./refusal.ts";
import { statusDocument } from "./status-document.ts";

/** `instances/`, `instances/{id}` and `instances/{id}/{operation}`. */
export function handleInstances(
  request: ManagementRequest,
  context: ManagementContext,
): Answer | undefined | Promise<Answer | undefined> {
  const { method, segments } = request;
  const [, id, operation] = segments;
  if (id === undefined) return handleAll(request, context);
  if (operation === undefined) return handleOne(id, request, context);
  return method === "POST" ? operateOnInstance(id, operation, request, context) : undefined;
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
  if (method === "DELETE") return purgeInstance(id, context);
  if (method !== "GET") return undefined;
  const instance = isEntityId(id) ? undefined : context.hub.store.instance(id);
  return instance && describeInstance(instance, query, context);
}

function describeInstance(
  instance: Instance,
  query: URLSearchParams,
  { hub, links }: ManagementContext,
): Answer {
  const showsHistory = booleanOf(query, "showHistory") === true && instance.status !== "Pending";
  const document = statusDocument(instance, {
    showInput: booleanOf(query, "showInput") ?? true,
    history: showsHistory ? readHistory(hub.store.history(instance.id)) : undefined,
    showHistoryOutput: booleanOf(query, "showHistoryOutput") ?? false,
    hasTaskInputs: hub.settings.storeInputsInOrchestrationHistory,
  });
  if (!hasEnded(instance)) {
    // The request's own address: who asked with a key in it gets it back, and nobody else gets one.
    const location = `${links.origin}${WEBHOOK_PATH}/instances/${encodeURIComponent(instance.id)}?${query.toString()}`;
    return jsonAnswer(202, document, { location, "retry-after": "5" });
  }
  const failureIsError = booleanOf(query, "returnInternalServerErrorOnFailure") ?? false;
  return jsonAnswer(instance.status === "Failed" && failureIsError ? 500 : 200, document);
}

function listInstances(request: ManagementRequest, { hub }: ManagementContext): Answer {
  const { query } = request;
  const size = pageSizeOf(query);
  // One more tells whether there is another page.
  const filter = { ...filterOf(query), after: continuationOf(request), limit: size + 1 };
  const { page, token } = toPage(hub.store.instances(filter), size);
  const showInput = booleanOf(query, "showInput") ?? true;
  const documents = page.map((instance) => statusDocument(instance, { showInput }));
  return jsonAnswer(200, documents, { [CONTINUATION_HEADER]: token });
}

function purgeInstance(id: string, { hub }: ManagementContext): Answer {
  // Entities never end.
  if (!isEntityId(id)) {
    const instance = hub.store.instance(id);
    if (!instance) throw Refusal.empty(404);
    if (!hasEnded(instance)) {
      throw Refusal.text(
        412,
        `Only orchestrations in a terminal state can be purged, but the orchestration with instance ID ${id} has status ${instance.status}`,
      );
    }
  }
  return jsonAnswer(200, { instancesDeleted: hub.store.purge(id) ? 1 : 0 });
}

function purgeInstances({ query }: ManagementRequest, { hub }: ManagementContext): Answer {
  const filter = filterOf(query);
  if (filter.createdFrom === undefined) {
    throw Refusal.text(400, "Please provide value for 'createdTimeFrom' parameter.");
  }
  // Only what has ended is ever purged by a filter.
  const ended = hub.store.instances({ ...filter, idPrefix: undefined }).filter(hasEnded);
  for (const { id } of ended) hub.store.purge(id);
  if (ended.length === 0) throw Refusal.empty(404);
  return jsonAnswer(200, { instancesDeleted: ended.length });
}

function filterOf(query: URLSearchParams): InstanceFilter {
  return {
    statuses: statusesOf(query),
    createdFrom: timeOf(query, "createdTimeFrom"),
    createdTo: timeOf(query, "createdTimeTo"),
    idPrefix: query.get("instanceIdPrefix") ?? undefined,
  };
}
