import type { AppFunction } from "../app/function-lookup.ts";
import { type BlobFunction, readBlobFunction, runOnBlob } from "./blob-function.ts";
import { resolveBlobPath } from "./blob-path.ts";
import { functionIdOf } from "./blob-receipts.ts";
import { BlobScan } from "./blob-scan.ts";
import { createBlobWebhook } from "./blob-webhook.ts";
import { BlobWork } from "./blob-work.ts";
import type { MadeTriggers, TriggerParts } from "./trigger.ts";

/**
 * Blob triggers: blobs are found by a look into the container or by Event Grid, and worked on from one queue.
 *
 * @throws {UsageError} if a binding is not right, or the host has no storage of its own
 */
export function createBlobTriggers(
  functions: readonly AppFunction[],
  parts: TriggerParts,
): MadeTriggers {
  if (functions.length === 0) return { triggers: [], webhooks: [] };
  const all = functions.map((fn) => readBlobFunction(fn, parts));
  const work = new BlobWork(all, parts);
  const scans = all.flatMap((blobFunction) => {
    const { fn, receipts } = blobFunction;
    if (!receipts) return [];
    const scan = new BlobScan({
      blobFunction,
      receipts,
      log: parts.log,
      found: (version, blobType) => work.add(functionIdOf(fn), version, blobType),
    });
    return [scan];
  });
  return {
    triggers: [work, ...scans],
    webhooks: [
      createBlobWebhook(
        all.filter(({ receipts }) => !receipts),
        work,
      ),
    ],
    runs: new Map(all.map((each) => [each.fn.id, (path) => runByHand(each, path, parts)])),
  };
}

/** On the blob of that path, `container/blob`, whatever its receipts say (BlobsExtensionConfigProvider.cs). */
async function runByHand(
  blobFunction: BlobFunction,
  path: string,
  parts: TriggerParts,
): Promise<void> {
  const { container, blob } = resolveBlobPath([{ literal: path }], () => undefined, "");
  const version = { container, blob, etag: "" };
  const signal = new AbortController().signal;
  const isThere = await runOnBlob({ ...blobFunction, receipts: undefined }, version, parts, signal);
  if (!isThere) throw new Error(`The blob '${path}' is not there.`);
}
