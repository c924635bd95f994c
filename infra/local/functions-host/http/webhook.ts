import type { IncomingHttpHeaders } from "node:http";

import type { Answer } from "./answer.ts";

export interface WebhookRequest {
  readonly method: string;
  /** Decoded, without the webhook's own path: `["instances", "42", "terminate"]`. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What an extension serves under `/runtime/webhooks/<name>`, behind the system key. */
export interface Webhook {
  /** Compared without case. */
  readonly name: string;
  handle(request: WebhookRequest): Promise<Answer>;
}
