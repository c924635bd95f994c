import { type Answer, emptyAnswer } from "../http/answer.ts";
import { accepts } from "../http/accepts.ts";
import { type BodyLimit, readBody } from "../http/read-body.ts";
import { type ParsedManifest, parseManifest } from "../manifest.ts";
import { algorithmOf, checkDigest, isDigest, isTag } from "../names.ts";
import { RegistryError } from "../registry-error.ts";
import { checkManifestMayBePushed, checkTagMayBeDeleted } from "../store/locks.ts";
import type { ManifestRecord } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { deleteManifest } from "./delete-manifest.ts";
import type { Call, Route } from "./route.ts";

/** ACR's limit, and docker-registry's. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

const LIMIT: BodyLimit = {
  bytes: MAX_MANIFEST_BYTES,
  tooLarge: new RegistryError(
    413,
    "MANIFEST_INVALID",
    `a manifest has at most ${MAX_MANIFEST_BYTES} bytes`,
  ),
};

/** Pushing, pulling and deleting manifests, by tag or by digest. */
export function manifestRoutes(store: Store): Route[] {
  const { catalog } = store;

  function find({ reference, repository, request }: Call): ManifestRecord {
    const digest = isDigest(reference) ? reference : catalog.tag(repository, reference)?.digest;
    const manifest = digest === undefined ? undefined : catalog.manifest(repository, digest);
    if (!manifest) throw manifestUnknown(reference);
    if (accepts(request.headers.accept, manifest.mediaType)) return manifest;
    // docker-registry says 404 too, so clients know it.
    throw manifestUnknown(reference, `it is a ${manifest.mediaType}, which Accept does not name`);
  }

  function pull(call: Call): Answer {
    const manifest = find(call);
    const body = catalog.body(call.repository, manifest.digest);
    if (!body) throw manifestUnknown(call.reference);
    return { status: 200, headers: headersOf(manifest), body };
  }

  async function push(call: Call): Promise<Answer> {
    const { reference, repository, request } = call;
    const tag = checkReference(reference);
    const body = await readBody(request, LIMIT);
    const type = request.headers["content-type"];
    const manifest = parseManifest(body, type, algorithmOf(reference));
    if (tag === undefined && manifest.digest !== reference) {
      throw digestMismatch(reference, manifest.digest);
    }
    // From here to the answer nothing awaits: what is checked still holds when it is stored.
    checkManifestMayBePushed(catalog, repository, manifest, tag);
    checkContent(store, repository, manifest);
    catalog.put(repository, manifest, tag);
    return emptyAnswer(201, {
      location: `/v2/${repository}/manifests/${manifest.digest}`,
      "docker-content-digest": manifest.digest,
      ...(manifest.subject !== null && { "oci-subject": manifest.subject }),
    });
  }

  function remove({ reference, repository }: Call): Answer {
    if (isDigest(reference)) return deleteManifest(catalog, repository, reference);
    if (!catalog.tag(repository, reference)) throw manifestUnknown(reference);
    checkTagMayBeDeleted(catalog, repository, reference);
    catalog.removeTag(repository, reference);
    return emptyAnswer(202);
  }

  return [
    {
      pattern: /^\/v2\/(?<repository>.+)\/manifests\/(?<reference>[^/]+)$/,
      operations: {
        HEAD: { needs: ["pull"], handle: (call) => emptyAnswer(200, headersOf(find(call))) },
        GET: { needs: ["pull"], handle: pull },
        PUT: { needs: ["pull", "push"], handle: push },
        DELETE: { needs: ["delete"], handle: remove },
      },
    },
  ];
}

/** @returns the tag, or `undefined` for a digest */
function checkReference(reference: string): string | undefined {
  if (isTag(reference)) return reference;
  if (reference.includes(":")) {
    checkDigest(reference);
    return undefined;
  }
  throw new RegistryError(400, "TAG_INVALID", "manifest tag did not match the grammar of tags", {
    detail: { tag: reference },
  });
}

/** As docker-registry: whatever a manifest names must be in its repository first, but for the subject. */
function checkContent({ blobs, catalog }: Store, repository: string, manifest: ParsedManifest) {
  const missing = [
    ...manifest.blobs.filter((digest) => blobs.size(repository, digest) === undefined),
    ...manifest.manifests.filter((digest) => !catalog.manifest(repository, digest)),
  ];
  if (missing.length === 0) return;
  throw new RegistryError(400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", {
    detail: missing.map((digest) => ({ digest })),
  });
}

function headersOf({ digest, mediaType, size }: ManifestRecord): Record<string, string> {
  return {
    "content-type": mediaType,
    "content-length": String(size),
    "docker-content-digest": digest,
    etag: `"${digest}"`,
  };
}

function manifestUnknown(reference: string, why = "manifest unknown"): RegistryError {
  return new RegistryError(404, "MANIFEST_UNKNOWN", why, { detail: { reference } });
}

function digestMismatch(asked: string, actual: string): RegistryError {
  return new RegistryError(400, "DIGEST_INVALID", "provided digest did not match manifest", {
    detail: { digest: asked, actual },
  });
}
