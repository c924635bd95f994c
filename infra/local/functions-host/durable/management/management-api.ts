import { type Answer, jsonAnswer } from "../../http/answer.ts";
import type { TaskHub } from "../task-hub.ts";
import { ClientOperations, RefusedOperation } from "./client-operations.ts";
import { handleEntities } from "./entity-routes.ts";
import { handleInstances } from "./instance-routes.ts";
import type { LinkOptions } from "./links.ts";
import { handleOrchestrators } from "./orchestrator-routes.ts";

export interface ManagementRequest {
  readonly method: string;
  /** Decoded, without the API's own path: `["instances", "42", "terminate"]`. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface ManagementContext {
  readonly hub: TaskHub;
  readonly operations: ClientOperations;
  readonly links: LinkOptions;
}

type Handler = (
  request: ManagementRequest,
  context: ManagementContext,
) => Answer | undefined | Promise<Answer | undefined>;

const HANDLERS: Readonly<Record<string, Handler>> = {
  orchestrators: handleOrchestrators,
  instances: handleInstances,
  entities: handleEntities,
};

/** The extension's HTTP API (HttpApiHandler.cs), the same under both of its paths. */
export class ManagementApi {
  readonly #context: ManagementContext;

  constructor(hub: TaskHub, links: LinkOptions) {
    this.#context = { hub, operations: new ClientOperations(hub), links };
  }

  async handle(request: ManagementRequest): Promise<Answer> {
    const handler = HANDLERS[request.segments[0]?.toLowerCase() ?? ""];
    try {
      return (await handler?.(request, this.#context)) ?? { status: 404 };
    } catch (error) {
      if (error instanceof RefusedOperation) return refusal(error);
      throw error;
    }
  }
}

/** Which body the extension writes depends on the status. */
function refusal({ status, message }: RefusedOperation): Answer {
  switch (status) {
    case 410:
      return { status };
    case 412:
      return jsonAnswer(status, message);
    case 400:
      return jsonAnswer(status, {
        Message: "One or more of the arguments submitted is incorrect",
        ExceptionMessage: message,
        ExceptionType: "System.ArgumentException",
      });
    default:
      return jsonAnswer(status, {
        Message: "Something went wrong while processing your request",
        ExceptionMessage: message,
        ExceptionType: "System.InvalidOperationException",
      });
  }
}
