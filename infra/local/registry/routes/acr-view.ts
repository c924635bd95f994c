import { RegistryError } from "../registry-error.ts";
import type { Catalog } from "../store/catalog.ts";
import type { ManifestRecord, Repository, Tag } from "../store/records.ts";

/*
 * The JSON of ACR's own API, version 2021-07-01, as the Azure SDK's recordings of it show.
 */

export function viewRepository(catalog: Catalog, service: string, repository: Repository): object {
  const { attributes, createdAt, name, updatedAt } = repository;
  return {
    registry: service,
    imageName: name,
    createdTime: createdAt,
    lastUpdateTime: updatedAt,
    manifestCount: catalog.manifests(name).length,
    tagCount: catalog.tags(name).length,
    changeableAttributes: attributes,
  };
}

export function viewTag({ attributes, createdAt, digest, name, updatedAt }: Tag): object {
  return {
    name,
    digest,
    createdTime: createdAt,
    lastUpdateTime: updatedAt,
    signed: false,
    changeableAttributes: attributes,
  };
}

export function viewManifest(catalog: Catalog, repository: string, manifest: ManifestRecord) {
  const tags = catalog.tagsOf(repository, manifest.digest).map(({ name }) => name);
  return {
    digest: manifest.digest,
    imageSize: manifest.imageSize,
    createdTime: manifest.createdAt,
    lastUpdateTime: manifest.updatedAt,
    mediaType: manifest.mediaType,
    ...(manifest.configMediaType !== null && { configMediaType: manifest.configMediaType }),
    ...(manifest.artifactType !== null && { artifactType: manifest.artifactType }),
    ...(tags.length > 0 && { tags }),
    changeableAttributes: manifest.attributes,
  };
}

/** @throws {RegistryError} NAME_UNKNOWN */
export function findRepository(catalog: Catalog, name: string): Repository {
  const repository = catalog.repository(name);
  if (repository) return repository;
  throw new RegistryError(404, "NAME_UNKNOWN", "repository name not known to registry", {
    detail: { name },
  });
}
