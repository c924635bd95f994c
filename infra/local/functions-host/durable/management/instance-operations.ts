import type { Answer } from "../../http/answer.ts";
import { hasEnded, type Instance } from "../instance.ts";
import type { ManagementContext, ManagementRequest } from "./management-context.ts";
import { answerStarted } from "./orchestrator-routes.ts";
import { booleanOf } from "./query.ts";
import { Refusal } from "./refusal.ts";
import { readJsonText } from "./request-json.ts";

type Operation = (
  id: string,
  request: ManagementRequest,
  context: ManagementContext,
) => Answer | undefined | Promise<Answer>;

const ACCEPTED: Answer = { status: 202 };

const OPERATIONS: Readonly<Record<string, Operation>> = {
  raiseevent: raiseEvent,
  terminate: withReason("terminate"),
  suspend: withReason("suspend"),
  resume: withReason("resume"),
  rewind,
  restart,
};

/** `POST instances/{id}/{operation}`. @returns undefined if there is no such operation */
export function operateOnInstance(
  id: string,
  operation: string,
  request: ManagementRequest,
  context: ManagementContext,
): Answer | undefined | Promise<Answer> {
  const name = operation.toLowerCase();
  const isKnown = Object.hasOwn(OPERATIONS, name);
  const depth = name === "raiseevent" ? 4 : 3;
  if (!isKnown || request.segments.length !== depth) return undefined;
  return OPERATIONS[name]?.(id, request, context);
}

function withReason(operation: "terminate" | "suspend" | "resume"): Operation {
  return (id, { query }, context) => {
    context.operations[operation](find(id, context), query.get("reason"));
    return ACCEPTED;
  };
}

function rewind(id: string, { query }: ManagementRequest, context: ManagementContext): Answer {
  const instance = context.hub.store.instance(id);
  // The dollar sign is the extension's.
  if (!instance) throw Refusal.text(404, `No orchestration with instance ID "$${id}" found.`);
  context.operations.rewind(instance, query.get("reason"));
  return ACCEPTED;
}

async function restart(
  id: string,
  { query }: ManagementRequest,
  context: ManagementContext,
): Promise<Answer> {
  const instance = context.hub.store.instance(id);
  if (!instance) {
    throw Refusal.error(400, "InstanceId does not match a valid orchestration instance.", {
      message: `An orchestrastion with the instanceId ${id} was not found.`,
      type: "System.ArgumentException",
    });
  }
  const withNewId = booleanOf(query, "restartWithNewInstanceId") ?? true;
  return answerStarted(context.operations.restart(instance, withNewId), query, context);
}

function raiseEvent(
  id: string,
  { segments, headers, body }: ManagementRequest,
  context: ManagementContext,
): Answer {
  const instance = find(id, context);
  if (hasEnded(instance)) throw Refusal.empty(410);
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw Refusal.error(400, "Only application/json request content is supported");
  }
  context.operations.raiseEvent(instance, segments[3] ?? "", readJsonText(body));
  return ACCEPTED;
}

function find(id: string, { hub }: ManagementContext): Instance {
  const instance = hub.store.instance(id);
  if (!instance) throw Refusal.empty(404);
  return instance;
}
