import type { BlobServiceClient, UserDelegationKey } from "@azure/storage-blob";

import { PermanentError } from "../../errors.ts";

const DAY_MS = 24 * 60 * 60_000;

/** A signature cannot outlive its key, and the service gives out keys for at most 7 days. */
const LONGEST_MS = 7 * DAY_MS;

/** A key is asked for once a day, not once for each signature. */
const KEY_LIFE_MS = DAY_MS;

interface KeptKey {
  readonly expiresAt: number;
  readonly key: Promise<UserDelegationKey>;
}

/** Keys that sign for the app's own identity (role `Storage Blob Delegator`), kept while they last. */
export class DelegationKeys {
  readonly #service: BlobServiceClient;
  readonly #clockSkewMs: number;
  #kept: KeptKey | undefined;

  constructor(service: BlobServiceClient, clockSkewMs: number) {
    this.#service = service;
    this.#clockSkewMs = clockSkewMs;
  }

  /** @returns a key that is valid until `expiresAt` at least */
  async get(expiresAt: Date): Promise<UserDelegationKey> {
    const now = Date.now();
    if (expiresAt.getTime() > now + LONGEST_MS) {
      throw new PermanentError("INTERNAL", "A signed URL lives for at most 7 days");
    }

    const kept =
      this.#kept && this.#kept.expiresAt >= expiresAt.getTime()
        ? this.#kept
        : this.#fetch(now, Math.max(expiresAt.getTime(), now + KEY_LIFE_MS));
    this.#kept = kept;
    try {
      return await kept.key;
    } catch (error) {
      if (this.#kept === kept) this.#kept = undefined;
      throw error;
    }
  }

  #fetch(now: number, expiresAt: number): KeptKey {
    const startsOn = new Date(now - this.#clockSkewMs);
    return { expiresAt, key: this.#service.getUserDelegationKey(startsOn, new Date(expiresAt)) };
  }
}
