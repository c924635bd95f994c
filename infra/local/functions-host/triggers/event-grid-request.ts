import { z } from "zod";

import { type Answer, jsonAnswer } from "../http/answer.ts";
import type { WebhookRequest } from "../http/webhook.ts";

export type GridEvent = Readonly<Record<string, unknown>>;

const Validation = z.object({ validationCode: z.string() });
const Event = z.record(z.string(), z.unknown());

/**
 * What Event Grid asks of a webhook (Microsoft.Azure.WebJobs.Extensions.EventGrid, HttpRequestProcessor.cs).
 * A body that cannot be read is 400 here; the extension lets its exception out, which is 500.
 *
 * @param notify takes the events of a notification
 */
export async function answerEventGrid(
  { method, headers, body }: WebhookRequest,
  notify: (events: readonly GridEvent[]) => Promise<Answer>,
): Promise<Answer> {
  if (method === "OPTIONS") return agree(headers["webhook-request-origin"]);
  const kind = headers["aeg-event-type"];
  switch (typeof kind === "string" ? kind.toLowerCase() : "") {
    case "subscriptionvalidation":
      return validate(parse(body));
    case "notification": {
      const events = eventsOf(parse(body));
      return events ? notify(events) : badRequest("The body is no event and no array of events.");
    }
    case "unsubscribe":
      return { status: 202 };
    default:
      return badRequest("The header aeg-event-type is missing, or not known.");
  }
}

/** The handshake of the CloudEvents webhook specification, section 4. */
function agree(origin: string | readonly string[] | undefined): Answer {
  if (typeof origin !== "string")
    return badRequest("The header WebHook-Request-Origin is missing.");
  return { status: 200, headers: { "webhook-allowed-origin": origin, allow: "OPTIONS, POST" } };
}

function validate(value: unknown): Answer {
  const [event] = eventsOf(value) ?? [];
  const data = event?.["data"];
  // The data of a cloud event is JSON once more.
  const parsed = Validation.safeParse(typeof data === "string" ? parse(Buffer.from(data)) : data);
  if (!parsed.success) return badRequest("The body has no data.validationCode.");
  return jsonAnswer(200, { validationResponse: parsed.data.validationCode });
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function eventsOf(value: unknown): GridEvent[] | undefined {
  const parsed = z.array(Event).safeParse(Array.isArray(value) ? value : [value]);
  return parsed.success ? parsed.data : undefined;
}

export function badRequest(reason: string): Answer {
  return { status: 400, headers: { "content-type": "text/plain; charset=utf-8" }, body: reason };
}

/** In the extension's words. */
export function functionNotFound(name: string | null): Answer {
  return {
    status: 404,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: `cannot find function: '${name ?? ""}'`,
  };
}
