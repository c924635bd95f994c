import type { Adapters } from "../../ports/adapters.ts";
import { attachDocument, EMPTY } from "./attach-document.ts";
import { makeDockerConfig } from "./docker-config.ts";
import { deleteTag, publishTag } from "./publish-tag.ts";
import { findManifest } from "./read-manifest.ts";
import { openRegistry, type RegistryConnection } from "./registry-connection.ts";
import { failed } from "./registry-errors.ts";
import { verifyImage } from "./verify-image.ts";

/** A tag that nobody pushes: the question is only whether we may ask. */
const NO_TAG = "rollforward-check";

/** Adapter images in Azure Container Registry, or in any registry of OCI's distribution specification. */
export function createRegistryAdapters(connection: RegistryConnection): Adapters {
  const registry = openRegistry(connection);
  const { loginServer } = connection;

  return {
    async resolve(repository, tag) {
      return (await findManifest(registry, repository, tag))?.digest;
    },

    async verify(repository, digest, expected) {
      return verifyImage(registry, repository, digest, expected);
    },

    async publish(repository, tag, digest) {
      await publishTag(registry, repository, tag, digest);
    },

    async attach(repository, digest, artifactType, document) {
      await attachDocument(registry, repository, digest, artifactType, document);
    },

    async untag(repository, tag) {
      await deleteTag(registry, repository, tag);
    },

    taggedImage: (repository, tag) => `${loginServer}/${repository}:${tag}`,

    image: (repository, digest) => `${loginServer}/${repository}@${digest}`,

    async dockerConfig() {
      return makeDockerConfig(registry);
    },

    async check(repository) {
      await findManifest(registry, repository, NO_TAG);
      // Whether we may push is known by pushing only, and a training costs more than these two bytes,
      // which every referrer needs anyway. A blob alone does not make a repository.
      await registry
        .contentOf(repository)
        .uploadBlob(EMPTY, registry.deadline())
        .catch(failed(`Pushing to ${repository}`));
    },
  };
}
