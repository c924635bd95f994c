import type { Quarantine, ReleaseRecord, VersionRecord } from "../domain/version.ts";

export type VersionClaim = Omit<VersionRecord, "version" | "state">;

/** Adapter versions, quarantine and releases: one partition per pipeline, written by transactions. */
export interface Versions {
  /**
   * Takes the next number for this content, in one transaction (number, content hash, counter).
   *
   * The same content hash again gets the version it already has: the same bytes are the same version.
   */
  claim(claim: VersionClaim): Promise<{ readonly record: VersionRecord; readonly isNew: boolean }>;

  /** Marks a claimed version as complete. Doing it again changes nothing. */
  activate(pipeline: string, version: number): Promise<void>;

  find(pipeline: string, version: number): Promise<VersionRecord | undefined>;

  /** Newest first. */
  list(pipeline: string): Promise<VersionRecord[]>;

  /** Versions that were claimed and never completed. */
  claimed(): Promise<VersionRecord[]>;

  quarantine(pipeline: string, entry: Quarantine): Promise<void>;

  isQuarantined(pipeline: string, contentHash: string): Promise<Quarantine | undefined>;

  quarantined(pipeline: string): Promise<Quarantine[]>;

  /** Records a release; `(pipeline, run)` is written once, a second try returns the first. */
  recordRelease(release: Omit<ReleaseRecord, "sequence">): Promise<ReleaseRecord>;

  /** The newest release, or `undefined` if nothing ever served. */
  latestRelease(pipeline: string): Promise<ReleaseRecord | undefined>;
}
