import { type Answer, jsonAnswer } from "../http/answer.ts";
import { cutPage } from "../http/page.ts";
import { checkManifestsMayBeDeleted } from "../store/locks.ts";
import type { Store } from "../store/store.ts";
import { findRepository, viewRepository } from "./acr-view.ts";
import { readAttributes } from "./read-attributes.ts";
import type { Call, Route } from "./route.ts";

const USUAL_PAGE = 100;

/** `/acr/v1/_catalog` and `/acr/v1/{repository}`. */
export function acrRepositoryRoutes({ blobs, catalog }: Store, service: string): Route[] {
  function list({ path, query }: Call): Answer {
    const entries = catalog.repositories().map(({ name }) => ({ item: name, name }));
    const { headers, items } = cutPage(entries, query, path, USUAL_PAGE);
    return jsonAnswer(200, { repositories: items }, headers);
  }

  function show({ repository }: Call): Answer {
    return jsonAnswer(200, viewRepository(catalog, service, findRepository(catalog, repository)));
  }

  async function change(call: Call): Promise<Answer> {
    const apply = await readAttributes(call.request);
    const { attributes, name } = findRepository(catalog, call.repository);
    catalog.change({ repository: name }, apply(attributes));
    return show(call);
  }

  function remove({ repository }: Call): Answer {
    findRepository(catalog, repository);
    const digests = catalog.manifests(repository).map(({ digest }) => digest);
    const tags = catalog.tags(repository).map(({ name }) => name);
    checkManifestsMayBeDeleted(catalog, repository, digests);
    catalog.removeRepository(repository);
    blobs.removeAll(repository);
    return jsonAnswer(202, { manifestsDeleted: digests, tagsDeleted: tags });
  }

  return [
    {
      pattern: /^\/acr\/v1\/_catalog$/,
      operations: { GET: { needs: "catalog", handle: list } },
    },
    {
      // A part of a name cannot begin with "_", so the routes of tags and manifests are never names.
      pattern: /^\/acr\/v1\/(?<repository>[^_/][^/]*(?:\/[^_/][^/]*)*)$/,
      operations: {
        GET: { needs: ["metadata_read"], handle: show },
        PATCH: { needs: ["metadata_write"], handle: change },
        DELETE: { needs: ["delete"], handle: remove },
      },
    },
  ];
}
