import { type Answer, jsonAnswer } from "../../http/answer.ts";
import { type Entity, entityId, parseEntityId } from "../instance.ts";
import type { ManagementContext, ManagementRequest } from "./management-context.ts";
import { CONTINUATION_HEADER, continuationOf, toPage } from "./paging.ts";
import { booleanOf, pageSizeOf, timeOf } from "./query.ts";
import { Refusal } from "./refusal.ts";
import { reasonOf } from "../../../program/reason-of.ts";

/** How the path names an entity whose key is empty. */
const EMPTY_KEY = "$";

/** `entities/{name}/{key}`: GET reads the state, POST with `?op` signals. `entities/[{name}]` lists. */
export function handleEntities(
  request: ManagementRequest,
  context: ManagementContext,
): Answer | undefined {
  const { method, segments } = request;
  const [, name, key] = segments;
  if (segments.length > 3) return undefined;
  if (method === "GET") {
    return name !== undefined && key !== undefined
      ? readEntity(name, key, context)
      : listEntities(name, request, context);
  }
  if (method === "POST" || method === "DELETE")
    return signalEntity(name, key ?? "", request, context);
  return undefined;
}

function readEntity(name: string, key: string, { hub }: ManagementContext): Answer {
  const entity = hub.store.entity(entityId(name, key === EMPTY_KEY ? "" : key));
  if (!entity?.exists) throw Refusal.empty(404);
  return jsonAnswer(200, stateOf(entity));
}

function listEntities(
  name: string | undefined,
  request: ManagementRequest,
  { hub }: ManagementContext,
): Answer {
  const { query } = request;
  const from = timeOf(query, "lastOperationTimeFrom") ?? "";
  const to = timeOf(query, "lastOperationTimeTo");
  const after = continuationOf(request) ?? "";
  const size = pageSizeOf(query);
  const found = hub.store
    .entities(name === undefined ? "@" : entityId(name, ""))
    .filter(({ exists, id }) => exists && id > after)
    .filter(({ updatedAt }) => updatedAt >= from && (to === undefined || updatedAt <= to));
  const { page, token } = toPage(found, size);
  const fetchState = booleanOf(query, "fetchState") ?? false;
  const documents = page.map((entity) => ({
    entityId: parseEntityId(entity.id),
    lastOperationTime: entity.updatedAt,
    state: fetchState ? stateOf(entity) : null,
  }));
  return jsonAnswer(200, documents, { [CONTINUATION_HEADER]: token });
}

function signalEntity(
  name: string | undefined,
  key: string,
  { method, query, headers, body }: ManagementRequest,
  { operations }: ManagementContext,
): Answer {
  if (name === undefined) {
    throw Refusal.error(400, "Invalid entityId because name is a null or empty string.");
  }
  const operation = method === "DELETE" ? "delete" : (query.get("op") ?? "");
  operations.signalEntity(name, key, operation, inputOf(headers["content-type"], body));
  return { status: 202 };
}

/** What is not said to be JSON is text. */
function inputOf(contentType: string | undefined, body: Buffer): string | undefined {
  if (body.length === 0) return undefined;
  const text = body.toString("utf8");
  if (contentType?.split(";")[0]?.trim().toLowerCase() !== "application/json") {
    return JSON.stringify(text);
  }
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (error) {
    const reason = reasonOf(error);
    throw Refusal.error(400, `Could not parse JSON content: ${reason}`);
  }
}

function stateOf({ state }: Entity): unknown {
  return state === null || state === "" ? null : JSON.parse(state);
}
