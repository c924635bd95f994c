import { type Answer, jsonAnswer } from "../http/answer.ts";
import { checkDigest } from "../names.ts";
import type { ManifestRecord } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import type { Call, Route } from "./route.ts";

const INDEX = "application/vnd.oci.image.index.v1+json";

/** distribution-spec 1.1, "Listing Referrers": an index, empty if nothing refers to the digest. */
export function referrerRoutes({ catalog }: Store): Route[] {
  function list({ query, reference, repository }: Call): Answer {
    const wanted = query.get("artifactType");
    const manifests = catalog
      .referrers(repository, checkDigest(reference))
      .filter(({ artifactType }) => wanted === null || artifactType === wanted)
      .toSorted((left, right) => (left.digest < right.digest ? -1 : 1))
      .map(descriptorOf);
    return jsonAnswer(
      200,
      { schemaVersion: 2, mediaType: INDEX, manifests },
      {
        "content-type": INDEX,
        ...(wanted !== null && { "oci-filters-applied": "artifactType" }),
      },
    );
  }

  return [
    {
      pattern: /^\/v2\/(?<repository>.+)\/referrers\/(?<reference>[^/]+)$/,
      operations: { GET: { needs: ["pull"], handle: list } },
    },
  ];
}

function descriptorOf(manifest: ManifestRecord): object {
  const { annotations, artifactType, digest, mediaType, size } = manifest;
  return {
    mediaType,
    digest,
    size,
    ...(artifactType !== null && { artifactType }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}
