import { randomUUID } from "node:crypto";

/** Where an invocation belongs in a distributed trace (W3C Trace Context). */
export interface TraceContext {
  readonly traceParent: string;
  readonly traceState: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a caller sent: the headers `traceparent` and `tracestate`. */
export interface CallerTrace {
  readonly parent: string | undefined;
  readonly state: string | undefined;
}

const TRACE_PARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

/**
 * Each invocation is a span of its own: in the caller's trace, if it named one, or in a new one.
 *
 * @param invocationId a UUID, whose first half is the span's id
 */
export function createTraceContext(invocationId: string, caller?: CallerTrace): TraceContext {
  const [, trace = hexOf(randomUUID()), flags = "00"] =
    TRACE_PARENT.exec(caller?.parent ?? "") ?? [];
  return {
    traceParent: `00-${trace}-${hexOf(invocationId).slice(0, 16)}-${flags}`,
    traceState: caller?.state ?? "",
    attributes: {},
  };
}

/** Node keeps random bytes for UUIDs in stock; others cost ten times as much. */
function hexOf(uuid: string): string {
  return uuid.replaceAll("-", "");
}
