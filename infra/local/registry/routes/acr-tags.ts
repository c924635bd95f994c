import { type Answer, emptyAnswer, jsonAnswer } from "../http/answer.ts";
import { cutPage } from "../http/page.ts";
import { RegistryError } from "../registry-error.ts";
import { checkTagMayBeDeleted } from "../store/locks.ts";
import type { Tag } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { findRepository, viewTag } from "./acr-view.ts";
import { readAttributes } from "./read-attributes.ts";
import type { Call, Route } from "./route.ts";

const USUAL_PAGE = 100;

/** `/acr/v1/{repository}/_tags` and one of them. */
export function acrTagRoutes({ catalog }: Store, service: string): Route[] {
  function find({ reference, repository }: Call): Tag {
    findRepository(catalog, repository);
    const tag = catalog.tag(repository, reference);
    if (tag) return tag;
    throw new RegistryError(404, "TAG_UNKNOWN", "the specified tag does not exist", {
      detail: { name: repository, tag: reference },
    });
  }

  function list({ path, query, repository }: Call): Answer {
    findRepository(catalog, repository);
    const digest = query.get("digest");
    const entries = catalog
      .tags(repository)
      .filter((tag) => digest === null || tag.digest === digest)
      .map((tag) => ({ item: viewTag(tag), name: tag.name, updatedAt: tag.updatedAt }));
    const { headers, items } = cutPage(entries, query, path, USUAL_PAGE);
    return jsonAnswer(200, { registry: service, imageName: repository, tags: items }, headers);
  }

  function show(call: Call): Answer {
    const tag = viewTag(find(call));
    return jsonAnswer(200, { registry: service, imageName: call.repository, tag });
  }

  async function change(call: Call): Promise<Answer> {
    const apply = await readAttributes(call.request);
    const { attributes, name } = find(call);
    catalog.change({ repository: call.repository, tag: name }, apply(attributes));
    return show(call);
  }

  function remove(call: Call): Answer {
    const { name } = find(call);
    checkTagMayBeDeleted(catalog, call.repository, name);
    catalog.removeTag(call.repository, name);
    return emptyAnswer(202);
  }

  return [
    {
      pattern: /^\/acr\/v1\/(?<repository>.+)\/_tags$/,
      operations: { GET: { needs: ["metadata_read"], handle: list } },
    },
    {
      pattern: /^\/acr\/v1\/(?<repository>.+)\/_tags\/(?<reference>[^/]+)$/,
      operations: {
        GET: { needs: ["metadata_read"], handle: show },
        PATCH: { needs: ["metadata_write"], handle: change },
        DELETE: { needs: ["delete"], handle: remove },
      },
    },
  ];
}
