/** What a walker is told to do. */
export type Order =
  | { readonly walk: number; readonly peer: number }
  | { readonly waitUntil: number }
  | { readonly hold: true }
  | { readonly leave: true };

/** What it says. */
export interface Report {
  readonly port?: number;
  readonly now?: number;
  /** `Date.now()` in its process. */
  readonly date?: number;
  readonly ended?: number;
  readonly late?: number;
  readonly kept?: number;
  readonly held?: true;
  readonly lost?: true;
}
