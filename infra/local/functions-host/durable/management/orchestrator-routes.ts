import { type Answer, jsonAnswer } from "../../http/answer.ts";
import { hasEnded } from "../instance.ts";
import { managementLinks } from "./links.ts";
import type { ManagementContext, ManagementRequest } from "./management-api.ts";
import { readJsonText } from "./request-json.ts";
import { statusDocument } from "./status-document.ts";

const DEFAULT_POLLING_SECONDS = 1;
const LONGEST_WAIT_SECONDS = 230;

/** `POST orchestrators/{function}[/{instance}]`, with `?timeout` also waiting for the end. */
export async function handleOrchestrators(
  { method, segments, query, body }: ManagementRequest,
  context: ManagementContext,
): Promise<Answer | undefined> {
  const [, name, instanceId] = segments;
  if (method !== "POST" || name === undefined || segments.length > 3) return undefined;
  const id = context.operations.start({
    name,
    instanceId,
    // The client writes no input as an empty JSON string, or as no body at all.
    input: body.length === 0 ? null : readJsonText(body),
    version: query.get("version") ?? undefined,
  });
  const started = startedAnswer(id, context);
  const timeout = Number(query.get("timeout"));
  return timeout > 0 ? waitForEnd(id, query, timeout, started, context) : started;
}

export function startedAnswer(id: string, { links }: ManagementContext): Answer {
  const document = managementLinks(id, links);
  return jsonAnswer(202, document, {
    location: document.statusQueryGetUri,
    "retry-after": "10",
  });
}

async function waitForEnd(
  id: string,
  query: URLSearchParams,
  timeout: number,
  started: Answer,
  { hub }: ManagementContext,
): Promise<Answer> {
  const deadline = hub.clock.now() + Math.min(timeout, LONGEST_WAIT_SECONDS) * 1000;
  const interval = (Number(query.get("pollingInterval")) || DEFAULT_POLLING_SECONDS) * 1000;
  for (;;) {
    const instance = hub.store.instance(id);
    if (instance && hasEnded(instance)) {
      const options = { showInput: true, history: undefined, showHistoryOutput: false };
      const { output } = statusDocument(instance, options);
      return instance.status === "Completed"
        ? jsonAnswer(200, output)
        : jsonAnswer(500, statusDocument(instance, options));
    }
    const now = hub.clock.now();
    if (now >= deadline) return started;
    await new Promise<void>((resolve) => {
      hub.clock.at(Math.min(now + interval, deadline), resolve);
    });
  }
}
