/** Places where a user's own client may drop a file. */
export interface Uploads {
  /**
   * A URL that may create or replace this one blob, until `expiresAt` (user-delegation SAS).
   *
   * The container is created if it is missing.
   */
  writeUrl(container: string, blob: string, expiresAt: Date): Promise<string>;
}
