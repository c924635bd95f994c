/** What a hook is told of a request. */
export interface InterceptedRequest {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
}

export interface Refusal {
  readonly status: number;
  /** Default: UNAVAILABLE. */
  readonly code?: string | undefined;
}

/** Hooks for tests that must fail, or kill someone, at an exact instant. */
export interface Intercept {
  /** Before anything is read or checked; what it returns is answered instead. */
  before?(request: InterceptedRequest): Promise<Refusal | void>;
  /** What was asked is done and stored, and the answer is not sent yet; to throw is to hang up instead. */
  after?(request: InterceptedRequest, status: number): Promise<void>;
}
