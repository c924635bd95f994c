import type { IncomingMessage, ServerResponse } from "node:http";

/** One authenticated request. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly url: URL;
  /** Aborted when the client is gone or the server stops. */
  readonly signal: AbortSignal;
}

export type Reply =
  | {
      readonly status: number;
      readonly body: object | string | Buffer;
      /** JSON for an object, plain text for a string, unless told otherwise. */
      readonly contentType?: string;
      /** Texts for `Warning` headers, which kubectl shows. */
      readonly warnings?: readonly string[];
    }
  /** An answer that goes on for a while: a watch, a log, a proxied request. */
  | { readonly stream: () => Promise<void> };
