import type { Answer } from "../../http/answer.ts";
import type { Webhook } from "../../http/webhook.ts";
import type { TaskHub } from "../task-hub.ts";
import { ClientOperations } from "./client-operations.ts";
import { handleEntities } from "./entity-routes.ts";
import { handleInstances } from "./instance-routes.ts";
import type { LinkOptions } from "./links.ts";
import { handleOrchestrators } from "./orchestrator-routes.ts";
import type { ManagementContext, ManagementRequest } from "./management-context.ts";
import { Refusal } from "./refusal.ts";

type Handler = (
  request: ManagementRequest,
  context: ManagementContext,
) => Answer | undefined | Promise<Answer | undefined>;

const HANDLERS: Readonly<Record<string, Handler>> = {
  orchestrators: handleOrchestrators,
  instances: handleInstances,
  entities: handleEntities,
  // Which app may work on a hub that several share: here there is one.
  makeprimary: ({ segments }) => (segments.length === 1 ? { status: 200 } : undefined),
};

/** The extension's HTTP API (HttpApiHandler.cs), the same under both of its paths. */
export class ManagementApi implements Webhook {
  readonly name = "durabletask";
  readonly #context: ManagementContext;

  constructor(hub: TaskHub, links: LinkOptions) {
    this.#context = { hub, operations: new ClientOperations(hub), links };
  }

  async handle(request: ManagementRequest): Promise<Answer> {
    // The extension decodes the whole path and then looks for the slashes in it.
    const segments = request.segments.flatMap((segment) => segment.split("/")).filter(Boolean);
    const name = segments[0]?.toLowerCase() ?? "";
    const handler = Object.hasOwn(HANDLERS, name) ? HANDLERS[name] : undefined;
    try {
      checkHub(request.query, this.#context.links);
      const answer = await handler?.({ ...request, segments }, this.#context);
      // What a client has been told survives the machine.
      if (request.method !== "GET") await this.#context.hub.store.flush();
      return answer ?? { status: 404 };
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      throw error;
    }
  }
}

/** In Azure a request can go to any hub of any connection; here there is one, and nothing in any other. */
function checkHub(query: URLSearchParams, { hubName, connectionName }: LinkOptions): void {
  for (const [key, value] of query) {
    const name = key.toLowerCase();
    const own = name === "taskhub" ? hubName : connectionName;
    if ((name !== "taskhub" && name !== "connection") || value.trim() === "") continue;
    if (value.toLowerCase() === own.toLowerCase()) continue;
    const what = name === "taskhub" ? "task hub" : "connection";
    throw Refusal.error(
      404,
      `This host has one ${what}, '${own}'. The request is for '${value}': leave it out, or ask the host that has it.`,
    );
  }
}
