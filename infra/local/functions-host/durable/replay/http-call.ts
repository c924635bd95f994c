import { z } from "zod";

import type { HttpCall } from "./action.ts";
import { OrchestrationFailure } from "./failure.ts";
import type { ReplayContext } from "./replay-context.ts";
import { runSteps, type Steps, type Task } from "./task.ts";

/** The extension's own activity behind `callHttp`. */
export const HTTP_ACTIVITY = "BuiltIn::HttpActivity";

export const DEFAULT_POLLING_MS = 30_000;

/** What the activity returns, as durable-functions reads it. */
export const HttpAnswer = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()),
  content: z.string(),
});
export type HttpAnswer = z.infer<typeof HttpAnswer>;

/** One request, and then the polling that a 202 with a Location asks for. */
export function callHttp(context: ReplayContext, call: HttpCall): Task {
  if (call.tokenSource !== undefined && call.tokenSource !== null) {
    throw new OrchestrationFailure("This host does not offer callHttp with a token source.");
  }
  return runSteps(callAndPoll(context, call));
}

function* callAndPoll(context: ReplayContext, call: HttpCall): Steps {
  let text = yield context.callActivity(HTTP_ACTIVITY, call);
  for (;;) {
    const answer = HttpAnswer.parse(JSON.parse(String(text)));
    const location = answer.headers["location"];
    const polls = answer.statusCode === 202 && call.asynchronousPatternEnabled !== false;
    if (!polls || location === undefined) return text;

    const seconds = Number(answer.headers["retry-after"]);
    const delay = seconds > 0 ? seconds * 1000 : DEFAULT_POLLING_MS;
    yield context.createTimer(context.now + delay);
    text = yield context.callActivity(HTTP_ACTIVITY, pollOf(call, location));
  }
}

/** Extension PR #3443: a key never travels along, credentials only within the same origin. */
function pollOf(call: HttpCall, location: string): HttpCall {
  const next = new URL(location, call.uri);
  const dropped = new Set(["x-functions-key"]);
  if (next.origin !== new URL(call.uri).origin) dropped.add("authorization").add("cookie");
  const headers = Object.entries(call.headers ?? {}).filter(
    ([name]) => !dropped.has(name.toLowerCase()),
  );
  return {
    method: "GET",
    uri: next.href,
    headers: Object.fromEntries(headers),
    tokenSource: undefined,
  };
}
