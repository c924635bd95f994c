import { once } from "node:events";

import type { KubeObject } from "../../objects/kube-object.ts";
import { badRequest, expired } from "../api-error.ts";
import type { Registry } from "../registry/registry.ts";
import type { Matches } from "../registry/selectors.ts";
import { apiVersionOf, idOf, type Resource } from "../resource.ts";
import type { Change } from "../store/store.ts";
import { metadataOf, renderTable } from "../table/render-table.ts";
import type { Call, Reply } from "./call.ts";
import { negotiate } from "./negotiate.ts";
import { tableOptions } from "./read-objects.ts";
import type { ResourceRequest } from "./request-info.ts";
import { isTrue, selectionOf, wholeNumber } from "./selection.ts";

type EventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";

const DEFAULT_TIMEOUT_SECONDS = 1800;
const BOOKMARK_PERIOD_MS = 10_000;
/** A client that does not read is cut off: it lists again, and nothing piles up here. */
const UNREAD_LIMIT = 16 * 1024 * 1024;

/** Streams changes until the client goes, the time is up or the server stops. */
export function watchObjects(registry: Registry, info: ResourceRequest, call: Call): Reply {
  const query = call.url.searchParams;
  const matches = selectionOf(info, query);
  const resourceVersion = query.get("resourceVersion") ?? "";
  if (!/^\d*$/.test(resourceVersion)) {
    throw badRequest(`invalid resource version "${resourceVersion}"`);
  }
  const since = Number(resourceVersion);
  const timeout = wholeNumber(query, "timeoutSeconds") ?? DEFAULT_TIMEOUT_SECONDS;
  const write = createWriter(info.resource, call);
  const { store } = registry;

  return {
    async stream() {
      call.response.writeHead(200, { "content-type": "application/json" });
      call.response.flushHeaders();
      const start = (): boolean => {
        if (since === 0 || isTrue(query, "sendInitialEvents")) {
          for (const object of registry.list(info.resource).filter(matches)) write("ADDED", object);
          return true;
        }
        const missed = since > store.revision ? undefined : store.changesSince(since);
        for (const change of missed ?? []) tell(change, info.resource, matches, write);
        return missed !== undefined;
      };
      if (!start()) {
        write(
          "ERROR",
          expired(`too old resource version: ${since} (${store.revision})`).toStatus(),
        );
        call.response.end();
        return;
      }
      const bookmark = (atEnd: boolean): void =>
        write("BOOKMARK", bookmarkOf(info.resource, store.revision, atEnd));
      if (isTrue(query, "sendInitialEvents")) bookmark(true);
      const unsubscribe = store.subscribe((change) => tell(change, info.resource, matches, write));
      const ticks = isTrue(query, "allowWatchBookmarks")
        ? setInterval(() => bookmark(false), BOOKMARK_PERIOD_MS)
        : undefined;
      await endOf(call, timeout * 1000);
      clearInterval(ticks);
      unsubscribe();
      call.response.end();
    },
  };
}

function tell(
  change: Change,
  resource: Resource,
  matches: Matches,
  write: (type: EventType, object: KubeObject) => void,
): void {
  if (idOf(change.resource) !== idOf(resource)) return;
  const { type, object, previous } = change;
  const before = type !== "ADDED" && matches(previous ?? object);
  const now = type !== "DELETED" && matches(object);
  if (now) write(before ? "MODIFIED" : "ADDED", object);
  else if (before) write("DELETED", object);
}

function createWriter(
  resource: Resource,
  call: Call,
): (type: EventType, object: object | KubeObject) => void {
  const as = negotiate(call.request.headers.accept);
  let isFirst = true;

  function present(object: object): object {
    if (as === "object" || !isStored(object)) return object;
    if (as === "metadata") return metadataOf(object);
    const options = { ...tableOptions(call), withHeader: isFirst };
    isFirst = false;
    const { resourceVersion } = object.metadata;
    return renderTable(resource, [object], { resourceVersion }, options);
  }

  return (type, object) => {
    if (call.response.destroyed) return;
    if (call.response.writableLength > UNREAD_LIMIT) {
      call.response.destroy();
      return;
    }
    const shown = type === "ERROR" || type === "BOOKMARK" ? object : present(object);
    call.response.write(`${JSON.stringify({ type, object: shown })}\n`);
  };
}

function isStored(object: object): object is KubeObject {
  return "metadata" in object && "kind" in object && object.kind !== "Status";
}

function bookmarkOf(resource: Resource, revision: number, endsInitialEvents: boolean): object {
  return {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: {
      resourceVersion: String(revision),
      creationTimestamp: null,
      ...(endsInitialEvents && { annotations: { "k8s.io/initial-events-end": "true" } }),
    },
  };
}

async function endOf({ signal }: Call, timeoutMs: number): Promise<void> {
  if (signal.aborted) return;
  const limit = AbortSignal.timeout(timeoutMs);
  await once(AbortSignal.any([signal, limit]), "abort");
}
