import type { IncomingMessage } from "node:http";

import type { Gate } from "./auth/gate.ts";
import { CATALOG, repositoryScope, type Scope } from "./auth/scope.ts";
import { type Answer, errorAnswer } from "./http/answer.ts";
import { parseTarget, type RequestTarget } from "./http/request-target.ts";
import { isRepository } from "./names.ts";
import { RegistryError } from "./registry-error.ts";
import type { Call, Operation, Route } from "./routes/route.ts";

export type Dispatch = (request: IncomingMessage) => Promise<Answer>;

/**
 * Finds the operation of a request, checks that its sender may do it, and does it.
 *
 * @param report is told of errors that are nobody's fault but ours
 */
export function createDispatch(
  routes: readonly Route[],
  gate: Gate,
  report: (error: unknown) => void,
): Dispatch {
  async function run(request: IncomingMessage): Promise<Answer> {
    const { call, operation } = findOperation(routes, request);
    if (operation.needs !== "nothing") await gate(request, scopesOf(operation, call));
    return operation.handle(call);
  }

  return async (request) => {
    try {
      return await run(request);
    } catch (error) {
      if (error instanceof RegistryError) {
        if (error.status >= 500) report(error.cause ?? error);
        return errorAnswer(error);
      }
      // A client that went away in the middle of its body is its own affair.
      if (!request.destroyed) report(error);
      return errorAnswer(new RegistryError(500, "UNKNOWN", "the registry failed; see its log"));
    }
  };
}

interface Match {
  readonly call: Call;
  readonly operation: Operation;
}

function findOperation(routes: readonly Route[], request: IncomingMessage): Match {
  const target = parseTarget(request.url ?? "/");
  for (const { operations, pattern } of routes) {
    const match = pattern.exec(target.path);
    if (!match) continue;
    const call = readCall(request, target, match);
    const operation = Object.entries(operations).find(([method]) => method === request.method)?.[1];
    if (operation) return { call, operation };
    throw new RegistryError(405, "UNSUPPORTED", "this is no operation of this address", {
      headers: { allow: Object.keys(operations).join(", ") },
    });
  }
  throw new RegistryError(404, "NOT_FOUND", "the registry has no such address");
}

function readCall(request: IncomingMessage, target: RequestTarget, match: RegExpExecArray): Call {
  const { reference = "", repository } = match.groups ?? {};
  if (repository !== undefined && !isRepository(repository)) {
    throw new RegistryError(400, "NAME_INVALID", "invalid repository name", {
      detail: { name: repository },
    });
  }
  return { request, ...target, repository: repository ?? "", reference };
}

function scopesOf({ alsoNeeds, needs }: Operation, call: Call): Scope[] {
  switch (needs) {
    case "nothing":
    case "identity":
      return [];
    case "catalog":
      return [CATALOG];
    default:
      return [repositoryScope(call.repository, needs), ...(alsoNeeds?.(call) ?? [])];
  }
}
