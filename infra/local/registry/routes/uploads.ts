import type { IncomingMessage } from "node:http";

import { repositoryScope, type Scope } from "../auth/scope.ts";
import { type Answer, emptyAnswer } from "../http/answer.ts";
import { checkDigest, isDigest, isRepository } from "../names.ts";
import { RegistryError } from "../registry-error.ts";
import { checkRepositoryAllowsPush } from "../store/locks.ts";
import type { Store } from "../store/store.ts";
import type { Upload } from "../store/uploads.ts";
import type { Call, Route } from "./route.ts";

const needs = ["pull", "push"] as const;

/** Pushing blobs: in one request, in one part after another, or by mounting one from another repository. */
export function uploadRoutes(store: Store): Route[] {
  return [beginning(store), goingOn(store)];
}

function beginning({ blobs, catalog, uploads }: Store): Route {
  async function begin(call: Call): Promise<Answer> {
    const { query, repository } = call;
    checkRepositoryAllowsPush(catalog, repository);
    const mount = mountOf(call);
    if (mount && blobs.mount(repository, mount.digest, mount.from)) {
      return created(repository, mount.digest);
    }
    const digest = query.get("digest");
    return digest === null ? progress(202, uploads.begin(repository)) : pushWhole(call, digest);
  }

  async function pushWhole({ repository, request }: Call, digest: string): Promise<Answer> {
    checkDigest(digest);
    const upload = uploads.begin(repository);
    try {
      await uploads.append(upload, request, lengthOf(request));
    } catch (error) {
      await uploads.cancel(repository, upload.id);
      throw error;
    }
    return finish({ blobs, uploads }, upload, digest);
  }

  return {
    pattern: /^\/v2\/(?<repository>.+)\/blobs\/uploads\/?$/,
    operations: { POST: { needs, alsoNeeds: scopeOfMount, handle: begin } },
  };
}

function goingOn({ blobs, uploads }: Store): Route {
  async function append({ reference, repository, request }: Call): Promise<Upload> {
    const upload = uploads.find(repository, reference);
    const length = checkPart(request, upload) ?? lengthOf(request);
    return uploads.append(upload, request, length);
  }

  async function put(call: Call): Promise<Answer> {
    const digest = checkDigest(call.query.get("digest") ?? "");
    return finish({ blobs, uploads }, await append(call), digest);
  }

  async function cancel({ reference, repository }: Call): Promise<Answer> {
    await uploads.cancel(repository, reference);
    return emptyAnswer(204);
  }

  return {
    pattern: /^\/v2\/(?<repository>.+)\/blobs\/uploads\/(?<reference>[^/]+)$/,
    operations: {
      GET: {
        needs,
        handle: ({ reference, repository }) => progress(204, uploads.find(repository, reference)),
      },
      PATCH: { needs, handle: async (call) => progress(202, await append(call)) },
      PUT: { needs, handle: put },
      DELETE: { needs, handle: cancel },
    },
  };
}

async function finish(
  { blobs, uploads }: Pick<Store, "blobs" | "uploads">,
  upload: Upload,
  digest: string,
): Promise<Answer> {
  const file = await uploads.finish(upload, digest);
  blobs.adopt(upload.repository, file);
  return created(upload.repository, digest);
}

interface Mount {
  readonly digest: string;
  readonly from: string;
}

/** What cannot be mounted is uploaded instead, says the specification: no error here. */
function mountOf({ query }: Call): Mount | undefined {
  const digest = query.get("mount") ?? "";
  const from = query.get("from") ?? "";
  return isDigest(digest) && isRepository(from) ? { digest, from } : undefined;
}

/** Whoever mounts a blob reads it: without this, knowing a digest would be enough to get its content. */
function scopeOfMount(call: Call): Scope[] {
  const mount = mountOf(call);
  return mount ? [repositoryScope(mount.from, ["pull"])] : [];
}

/**
 * @returns the length that `Content-Range` announces, if the request has one
 * @throws {RegistryError} 416 if the part does not begin where the last one ended
 */
function checkPart(request: IncomingMessage, upload: Upload): number | undefined {
  const header = request.headers["content-range"];
  if (header === undefined) return undefined;
  const [, start = "", end = ""] = /^(?:bytes[ =])?(\d+)-(\d+)(?:\/.*)?$/.exec(header) ?? [];
  if (start === "" || Number(end) < Number(start)) {
    throw new RegistryError(400, "BLOB_UPLOAD_INVALID", "Content-Range is not <first>-<last>");
  }
  if (Number(start) !== upload.size) {
    throw new RegistryError(416, "BLOB_UPLOAD_INVALID", `go on at byte ${upload.size}`, {
      headers: positionOf(upload),
    });
  }
  return Number(end) - Number(start) + 1;
}

function lengthOf(request: IncomingMessage): number | undefined {
  const header = request.headers["content-length"];
  return header === undefined ? undefined : Number(header);
}

function progress(status: number, upload: Upload): Answer {
  return emptyAnswer(status, positionOf(upload));
}

function positionOf({ id, repository, size }: Upload): Record<string, string> {
  return {
    // Relative: the Azure SDK takes everything after the first character for the path.
    location: `/v2/${repository}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, size - 1)}`,
    "docker-upload-uuid": id,
  };
}

function created(repository: string, digest: string): Answer {
  return emptyAnswer(201, {
    location: `/v2/${repository}/blobs/${digest}`,
    "docker-content-digest": digest,
  });
}
