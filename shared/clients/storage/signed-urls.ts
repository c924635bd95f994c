import {
  BlobSASPermissions,
  type BlobServiceClient,
  type BlockBlobClient,
  SASProtocol,
} from "@azure/storage-blob";

import { DelegationKeys } from "./delegation-keys.ts";
import type { BlobConnection } from "./storage-connection.ts";
import { failed } from "./storage-errors.ts";

const MINUTE_MS = 60_000;

/** Clocks differ: a signature that begins now is refused by a server whose clock is behind. */
const CLOCK_SKEW_MS = 5 * MINUTE_MS;

export interface SigningConnection extends BlobConnection {
  /** The SAS version, for a service that is older than the SDK: Azurite 3.35 knows none after 2026-02-06. */
  readonly sasVersion?: string | undefined;
}

/** Makes URLs that open one blob for one purpose; the app's identity signs, there is no account key. */
export class UrlSigner {
  readonly #keys: DelegationKeys;
  readonly #version: { readonly version?: string };

  constructor(service: BlobServiceClient, { sasVersion }: SigningConnection) {
    this.#keys = new DelegationKeys(service, CLOCK_SKEW_MS);
    this.#version = sasVersion === undefined ? {} : { version: sasVersion };
  }

  /** @param permissions as in a SAS: `r` reads, `cw` creates and replaces */
  async sign(blob: BlockBlobClient, permissions: "r" | "cw", expiresAt: Date): Promise<string> {
    const key = await this.#keys.get(expiresAt).catch(failed(`Signing for ${blob.name}`));
    return blob.generateUserDelegationSasUrl(
      {
        permissions: BlobSASPermissions.parse(permissions),
        protocol: SASProtocol.Https,
        startsOn: new Date(Date.now() - CLOCK_SKEW_MS),
        expiresOn: expiresAt,
        ...this.#version,
      },
      key,
    );
  }
}
