import { z } from "zod";

import type { HttpCall } from "./action.ts";
import type { ReplayContext } from "./replay-context.ts";
import { runSteps, type Steps, type Task } from "./task.ts";

/** The extension's own activity behind `callHttp`. */
export const HTTP_ACTIVITY = "BuiltIn::HttpActivity";

export const DEFAULT_POLLING_MS = 30_000;

/** What the activity returns, as durable-functions reads it. */
export const HttpAnswer = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  content: z.string(),
});
export type HttpAnswer = z.infer<typeof HttpAnswer>;

/** One request, and then the polling that a 202 with a Location asks for. */
export function callHttp(context: ReplayContext, call: HttpCall): Task {
  return runSteps(callAndPoll(context, call));
}

function* callAndPoll(context: ReplayContext, call: HttpCall): Steps {
  let text = yield context.callActivity(HTTP_ACTIVITY, call);
  for (;;) {
    const answer = HttpAnswer.parse(JSON.parse(String(text)));
    const location = headerOf(answer, "location");
    const polls = answer.statusCode === 202 && call.asynchronousPatternEnabled !== false;
    if (!polls || location === undefined) return text;

    const delay = delayOf(headerOf(answer, "retry-after"), context.now);
    yield context.createTimer(context.now + delay);
    text = yield context.callActivity(HTTP_ACTIVITY, pollOf(call, location));
  }
}

/** .NET compares the names of headers without case. */
function headerOf({ headers }: HttpAnswer, name: string): string | undefined {
  const value = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * Seconds, or a time. The extension reads only the first and fails on the second; what HTTP allows is no
 * reason to fail.
 */
function delayOf(retryAfter: string | undefined, now: number): number {
  if (retryAfter === undefined) return DEFAULT_POLLING_MS;
  if (/^\s*\d+\s*$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const time = Date.parse(retryAfter);
  return Number.isNaN(time) ? DEFAULT_POLLING_MS : Math.max(time - now, 0);
}

/** Extension PR #3443: a key never travels along, credentials only within the same origin. */
function pollOf(call: HttpCall, location: string): HttpCall {
  const next = URL.parse(location, call.uri);
  const isSameOrigin = next?.origin === new URL(call.uri).origin;
  const dropped = new Set(["x-functions-key"]);
  if (!isSameOrigin) dropped.add("authorization").add("cookie");
  const headers = Object.entries(call.headers ?? {}).filter(
    ([name]) => !dropped.has(name.toLowerCase()),
  );
  return {
    method: "GET",
    // The library waits for this request already: one that cannot be sent must fail, not be left out.
    uri: next?.href ?? location,
    headers: Object.fromEntries(headers),
    tokenSource: isSameOrigin ? call.tokenSource : undefined,
  };
}
