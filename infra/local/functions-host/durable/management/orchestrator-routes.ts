import { type Answer, jsonAnswer } from "../../http/answer.ts";
import { hasEnded } from "../instance.ts";
import { managementLinks } from "./links.ts";
import type { ManagementContext, ManagementRequest } from "./management-context.ts";
import { numberOf } from "./query.ts";
import { Refusal } from "./refusal.ts";
import { readJsonText } from "./request-json.ts";
import { statusDocument } from "./status-document.ts";

/** Azure's load balancer ends a request that takes longer. */
const LONGEST_WAIT_SECONDS = 230;

/** `POST orchestrators/{function}[/{instance}]`. */
export async function handleOrchestrators(
  { method, segments, query, body }: ManagementRequest,
  context: ManagementContext,
): Promise<Answer | undefined> {
  const [, name, instanceId] = segments;
  if (method !== "POST" || name === undefined || segments.length > 3) return undefined;
  const id = context.operations.start({
    name,
    instanceId,
    // The client writes no input as an empty JSON string, others as no body at all.
    input: body.length === 0 ? null : readJsonText(body),
    version: query.get("version") ?? undefined,
  });
  return answerStarted(id, query, context);
}

/** With `?timeout` and `?pollingInterval` the answer waits for the end. */
export async function answerStarted(
  id: string,
  query: URLSearchParams,
  context: ManagementContext,
): Promise<Answer> {
  const timeout = numberOf(query, "timeout");
  const interval = numberOf(query, "pollingInterval");
  if (timeout === undefined || interval === undefined) return startedAnswer(id, context);
  if (interval > timeout) {
    throw Refusal.error(
      400,
      `Total timeout ${timeout} should be bigger than retry timeout ${interval}`,
    );
  }
  return (await waitForEnd(id, timeout, interval, context)) ?? startedAnswer(id, context);
}

/** `CreateCheckStatusResponseMessage`: without the link to rewind, which nothing just begun needs. */
function startedAnswer(id: string, { links }: ManagementContext): Answer {
  const { rewindPostUri: _, ...document } = managementLinks(id, links);
  return jsonAnswer(202, document, {
    location: document.statusQueryGetUri,
    "retry-after": "10",
  });
}

/** @returns undefined if it has not ended by then */
async function waitForEnd(
  id: string,
  timeout: number,
  interval: number,
  { hub }: ManagementContext,
): Promise<Answer | undefined> {
  const deadline = hub.clock.now() + Math.min(timeout, LONGEST_WAIT_SECONDS) * 1000;
  for (;;) {
    const instance = hub.store.instance(id);
    if (instance && hasEnded(instance)) {
      const document = statusDocument(instance, { showInput: true });
      return jsonAnswer(200, instance.status === "Completed" ? document.output : document);
    }
    const now = hub.clock.now();
    if (now >= deadline) return undefined;
    await new Promise<void>((resolve) => {
      hub.clock.at(Math.min(now + interval * 1000, deadline), resolve);
    });
  }
}
