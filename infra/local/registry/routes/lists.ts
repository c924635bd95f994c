import { type Answer, jsonAnswer } from "../http/answer.ts";
import { cutPage } from "../http/page.ts";
import { RegistryError } from "../registry-error.ts";
import type { Store } from "../store/store.ts";
import type { Call, Route } from "./route.ts";

/** The two lists of the OCI API: repositories of the registry, tags of a repository. */
export function listRoutes({ catalog }: Store): Route[] {
  function listRepositories({ path, query }: Call): Answer {
    const entries = catalog.repositories().map(({ name }) => ({ item: name, name }));
    const { headers, items } = cutPage(entries, query, path);
    return jsonAnswer(200, { repositories: items }, headers);
  }

  function listTags({ path, query, repository }: Call): Answer {
    if (!catalog.repository(repository)) {
      throw new RegistryError(404, "NAME_UNKNOWN", "repository name not known to registry", {
        detail: { name: repository },
      });
    }
    const entries = catalog.tags(repository).map(({ name }) => ({ item: name, name }));
    const { headers, items } = cutPage(entries, query, path);
    return jsonAnswer(200, { name: repository, tags: items }, headers);
  }

  return [
    {
      pattern: /^\/v2\/_catalog$/,
      operations: { GET: { needs: "catalog", handle: listRepositories } },
    },
    {
      pattern: /^\/v2\/(?<repository>.+)\/tags\/list$/,
      operations: { GET: { needs: ["pull"], handle: listTags } },
    },
  ];
}
