import type { RetryContext, TypedData } from "./rpc.ts";
import type { CallerTrace } from "./trace-context.ts";

export interface Invocation {
  readonly data: TypedData | null;
  readonly id?: string;
  readonly triggerMetadata?: Readonly<Record<string, TypedData | null>>;
  readonly retry?: RetryContext | undefined;
  readonly trace?: CallerTrace | undefined;
  /** Why it runs, for the log. */
  readonly reason?: string | undefined;
  /** Told what the function returned, before it becomes an answer. */
  readonly onResult?: (result: unknown) => void;
}

export type NamedInvocation = Invocation & { readonly id: string };
