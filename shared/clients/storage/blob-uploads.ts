import type { Uploads } from "../../ports/uploads.ts";
import { blobIn, openBlobService } from "./blob-service.ts";
import { type SigningConnection, UrlSigner } from "./signed-urls.ts";
import { failed } from "./storage-errors.ts";

/** URLs for uploads; the app's identity needs `Storage Blob Data Contributor` on the container. */
export function createBlobUploads(connection: SigningConnection): Uploads {
  const service = openBlobService(connection);
  const signer = new UrlSigner(service, connection);

  return {
    async writeUrl(container, blob, expiresAt) {
      const client = service.getContainerClient(container);
      const target = blobIn(client, blob);
      await client.createIfNotExists().catch(failed(`Creating container ${container}`));
      return signer.sign(target, "cw", expiresAt);
    },
  };
}
