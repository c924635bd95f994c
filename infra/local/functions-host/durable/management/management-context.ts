import type { WebhookRequest } from "../../http/webhook.ts";
import type { TaskHub } from "../task-hub.ts";
import type { ClientOperations } from "./client-operations.ts";
import type { LinkOptions } from "./links.ts";

/** What each group of routes gets. */
export interface ManagementContext {
  readonly hub: TaskHub;
  readonly operations: ClientOperations;
  readonly links: LinkOptions;
}

export type ManagementRequest = WebhookRequest;
