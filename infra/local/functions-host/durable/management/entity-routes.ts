import { type Answer, jsonAnswer } from "../../http/answer.ts";
import { entityId, parseEntityId } from "../instance.ts";
import { RefusedOperation } from "./client-operations.ts";
import type { ManagementContext, ManagementRequest } from "./management-api.ts";
import { readJsonText } from "./request-json.ts";

/** `entities/{name}/{key}`: GET reads the state, POST with `?op` signals. `entities/[{name}]` lists. */
export function handleEntities(
  request: ManagementRequest,
  context: ManagementContext,
): Answer | undefined {
  const [, name, key] = request.segments;
  if (request.method === "GET") {
    return name !== undefined && key !== undefined
      ? readEntity(name, key, context)
      : listEntities(name, context);
  }
  if (request.method !== "POST" || name === undefined || key === undefined) return undefined;
  return signalEntity(name, key, request, context);
}

function readEntity(name: string, key: string, { hub }: ManagementContext): Answer {
  const entity = hub.store.entity(entityId(name, key));
  if (!entity?.exists) return { status: 404 };
  const state: unknown = entity.state === null ? null : JSON.parse(entity.state);
  return jsonAnswer(200, state);
}

function listEntities(name: string | undefined, { hub }: ManagementContext): Answer {
  const entities = hub.store
    .entities(name === undefined ? "@" : entityId(name, ""))
    .filter((entity) => entity.exists);
  return jsonAnswer(
    200,
    entities.map((entity) => ({
      entityId: parseEntityId(entity.id),
      lastOperationTime: entity.updatedAt,
    })),
  );
}

function signalEntity(
  name: string,
  key: string,
  { query, body }: ManagementRequest,
  { hub, operations }: ManagementContext,
): Answer {
  if (!hub.app.functions.find(name, "entity")) {
    throw new RefusedOperation(400, hub.app.functions.explainMissing(name, "entity"));
  }
  const input = body.length === 0 ? undefined : readJsonText(body);
  operations.signalEntity(name, key, query.get("op") ?? "", input);
  return { status: 202 };
}
