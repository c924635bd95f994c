import { type Answer, jsonAnswer } from "../http/answer.ts";
import { cutPage } from "../http/page.ts";
import { RegistryError } from "../registry-error.ts";
import type { ManifestRecord } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { findRepository, viewManifest } from "./acr-view.ts";
import { deleteManifest } from "./delete-manifest.ts";
import { readAttributes } from "./read-attributes.ts";
import type { Call, Route } from "./route.ts";

const USUAL_PAGE = 100;

/** `/acr/v1/{repository}/_manifests` and one of them, by digest. */
export function acrManifestRoutes({ catalog }: Store, service: string): Route[] {
  function find({ reference, repository }: Call): ManifestRecord {
    findRepository(catalog, repository);
    const manifest = catalog.manifest(repository, reference);
    if (manifest) return manifest;
    throw new RegistryError(404, "MANIFEST_UNKNOWN", "the specified manifest does not exist", {
      detail: { name: repository, digest: reference },
    });
  }

  function list({ path, query, repository }: Call): Answer {
    findRepository(catalog, repository);
    const entries = catalog.manifests(repository).map((manifest) => ({
      item: manifest,
      name: manifest.digest,
      updatedAt: manifest.updatedAt,
    }));
    const { headers, items } = cutPage(entries, query, path, USUAL_PAGE);
    const manifests = items.map((manifest) => viewManifest(catalog, repository, manifest));
    return jsonAnswer(200, { registry: service, imageName: repository, manifests }, headers);
  }

  function show(call: Call): Answer {
    const manifest = viewManifest(catalog, call.repository, find(call));
    return jsonAnswer(200, { registry: service, imageName: call.repository, manifest });
  }

  async function change(call: Call): Promise<Answer> {
    const apply = await readAttributes(call.request);
    const { attributes, digest } = find(call);
    catalog.change({ repository: call.repository, digest }, apply(attributes));
    return show(call);
  }

  function remove(call: Call): Answer {
    return deleteManifest(catalog, call.repository, find(call).digest);
  }

  return [
    {
      pattern: /^\/acr\/v1\/(?<repository>.+)\/_manifests$/,
      operations: { GET: { needs: ["metadata_read"], handle: list } },
    },
    {
      pattern: /^\/acr\/v1\/(?<repository>.+)\/_manifests\/(?<reference>[^/]+)$/,
      operations: {
        GET: { needs: ["metadata_read"], handle: show },
        PATCH: { needs: ["metadata_write"], handle: change },
        DELETE: { needs: ["delete"], handle: remove },
      },
    },
  ];
}
