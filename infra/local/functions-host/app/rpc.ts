import type { TraceContext } from "./trace-context.ts";

/**
 * The messages between a Functions host and its Node worker (azure-functions-language-worker-protobuf),
 * as plain objects: host and worker are one process here, so nothing is encoded.
 */
export interface TypedData {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: Uint8Array;
  readonly int?: number;
  readonly double?: number;
  readonly http?: HttpData;
  readonly modelBindingData?: ModelBindingData;
}

/** Instead of a value: what the app's extension library needs to make a client that reads it. */
export interface ModelBindingData {
  readonly version: string;
  readonly source: string;
  readonly contentType: string;
  readonly content: Buffer;
}

export interface HttpData {
  readonly statusCode?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly HttpCookie[];
  readonly body?: TypedData | null;
  readonly method?: string;
  readonly url?: string;
  readonly nullableHeaders?: Readonly<Record<string, { value: string }>>;
  readonly nullableParams?: Readonly<Record<string, { value: string }>>;
  readonly nullableQuery?: Readonly<Record<string, { value: string }>>;
}

export interface HttpCookie {
  readonly name?: string;
  readonly value?: string;
  readonly domain?: { readonly value: string };
  readonly path?: { readonly value: string };
  readonly expires?: { readonly value: { readonly seconds: number } };
  readonly maxAge?: { readonly value: number };
  readonly secure?: { readonly value: boolean };
  readonly httpOnly?: { readonly value: boolean };
  readonly sameSite?: string | number;
}

export interface RetryContext {
  readonly retryCount: number;
  readonly maxRetryCount: number;
  readonly exception?: {
    readonly message: string;
    readonly stackTrace: string;
    readonly source: string;
  };
}

export interface InvocationRequest {
  readonly invocationId: string;
  readonly functionId: string;
  readonly inputData: readonly { readonly name: string; readonly data: TypedData | null }[];
  readonly triggerMetadata: Readonly<Record<string, TypedData | null>>;
  readonly retryContext: RetryContext | null;
  readonly traceContext: TraceContext;
}

export interface InvocationResponse {
  readonly returnValue?: TypedData | null;
  readonly outputData?: readonly { readonly name: string; readonly data: TypedData }[];
}

/** What a function returned, as the value that its JSON text stands for. */
export function valueOf(data: TypedData | null | undefined): unknown {
  if (!data) return undefined;
  if (data.string !== undefined) return data.string;
  if (data.json !== undefined) return JSON.parse(data.json);
  if (data.bytes !== undefined) return Buffer.from(data.bytes).toString("base64");
  return data.int ?? data.double;
}

/** What a function returned, as the bytes of a message or a body. */
export function bytesOf(data: TypedData): Buffer {
  if (data.bytes !== undefined) return Buffer.from(data.bytes);
  const number = data.int ?? data.double;
  return Buffer.from(data.string ?? data.json ?? (number === undefined ? "" : String(number)));
}

/** A letter where JSON has none: at the beginning, or behind the digits of what could have been a number. */
const SURELY_NO_JSON = /^(?:[^\s[{"\-\dtfn]|\d+(?:[^\s\d.e]|e[^\d+-]))/i;

/**
 * A text. The library tries to parse it as JSON and takes it as it is if that throws, which takes longer than
 * all the rest of a call; where it is sure to throw, the text goes as JSON, and arrives the same.
 */
export function textData(text: string): TypedData {
  return SURELY_NO_JSON.test(text) ? { json: JSON.stringify(text) } : { string: text };
}
