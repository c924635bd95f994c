/** What a client did wrong, or may not do, in the words of the OCI distribution specification and of ACR. */
export type ErrorCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "NOT_FOUND"
  | "PAGINATION_NUMBER_INVALID"
  | "RANGE_INVALID"
  | "REGISTRY_DISALLOWED_OPERATION"
  | "SIZE_INVALID"
  | "TAG_INVALID"
  | "TAG_UNKNOWN"
  | "UNAUTHORIZED"
  | "UNAVAILABLE"
  | "UNKNOWN"
  | "UNSUPPORTED";

export interface ErrorOptionsOfRegistry {
  readonly detail?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Becomes the answer `{"errors": [{code, message, detail}]}`. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
  readonly status: number;
  readonly code: string;
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: ErrorCode,
    message: string,
    { detail = null, headers = {}, cause }: ErrorOptionsOfRegistry = {},
  ) {
    super(message, { cause });
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.headers = headers;
  }
}
