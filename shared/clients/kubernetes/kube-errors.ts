import { z } from "zod";

import { type FailureCode, PermanentError, TransientError } from "../../errors.ts";
import type { KubeAnswer } from "./kube-api.ts";
import { redact } from "./redact.ts";

/** The body of an answer that refuses (`kind: Status`). */
const Status = z.object({ message: z.string().default(""), reason: z.string().default("") });

const PASSING = new Set([408, 429, 500, 502, 503, 504]);

/** KAITO's webhook reads a cache, which may not have a ConfigMap of some milliseconds ago. */
const CACHE_LAG = /ConfigMap '[^']*' specified in 'config' not found/;

/** @returns whether the same request may succeed a moment later */
export function isPassing(status: number): boolean {
  return PASSING.has(status);
}

export function isCacheLag(answer: KubeAnswer): boolean {
  return answer.status === 400 && CACHE_LAG.test(statusOf(answer).message);
}

export function isSuccess({ status }: KubeAnswer): boolean {
  return status >= 200 && status < 300;
}

/**
 * Turns an answer that refuses into our error. The cluster's words are kept, without addresses:
 * admission's text is what the pipeline's author has to read.
 */
export function kubeError(doing: string, answer: KubeAnswer): PermanentError | TransientError {
  const { status } = answer;
  const { message, reason } = statusOf(answer);
  const words = redact(message) || reason || "no reason given";
  const text = `${doing}: ${words} (${status})`;
  const code = isCacheLag(answer) ? undefined : permanentCode(status, message);
  return code ? new PermanentError(code, text) : new TransientError("CLUSTER_UNAVAILABLE", text);
}

const CODES: Readonly<Record<number, FailureCode>> = {
  400: "PIPELINE_INVALID",
  401: "PERMISSION_DENIED",
  403: "PERMISSION_DENIED",
  // Whoever may be absent is asked about it before; here it is the namespace, or KAITO.
  404: "UNSUPPORTED",
  413: "PIPELINE_INVALID",
  422: "PIPELINE_INVALID",
};

function permanentCode(status: number, message: string): FailureCode | undefined {
  if (status === 403 && message.includes("exceeded quota")) return "QUOTA_EXHAUSTED";
  // 409 here is a race, not a difference of opinion: those are told apart before.
  if (status === 409 || isPassing(status) || status >= 500) return undefined;
  return CODES[status] ?? "INTERNAL";
}

function statusOf({ text }: KubeAnswer): z.infer<typeof Status> {
  const parsed = Status.safeParse(parseJson(text));
  return parsed.success ? parsed.data : { message: "", reason: "" };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isForbidden(error: unknown): boolean {
  return error instanceof PermanentError && error.code === "PERMISSION_DENIED";
}
