import type { KubernetesListObject, KubernetesObject } from "@kubernetes/client-node";
import { z } from "zod";

import { type Busy, whileBusy } from "../../../program/clock/busy.ts";
import { describeError, orMissing } from "../api/cluster-client.ts";
import { type OnSeen, watchList, type WatchedList } from "../api/watched-list.ts";
import { type ClaimServices, keepNode, removeNode } from "./claim-run.ts";
import { isOurNode, NODE_CLAIMS, NODE_CLAIMS_PATH, NodeClaim, nodeNameOf } from "./node-claim.ts";

interface ProvisionerOptions extends ClaimServices {
  readonly onSeen: OnSeen;
  readonly log: (message: string) => void;
}

interface ClaimEntry {
  claim: NodeClaim;
  removing: boolean;
  readonly stop: AbortController;
  done: Promise<void>;
}

const List = z.object({
  items: z.array(z.looseObject({})),
  metadata: z.looseObject({}).optional(),
});

/** Gives every NodeClaim a Node and takes it away with the claim: the GPU provisioner's part. */
export class Provisioner {
  readonly #options: ProvisionerOptions;
  readonly #entries = new Map<string, ClaimEntry>();
  readonly #watched: WatchedList<KubernetesObject>;
  readonly #stopping = new AbortController();
  #cleaned = false;

  constructor(options: ProvisionerOptions) {
    this.#options = options;
    this.#watched = watchList<KubernetesObject>({
      client: options.client,
      path: NODE_CLAIMS_PATH,
      list: () => this.#list(),
      onChange: () => this.#reconcile(),
      onSeen: options.onSeen,
      log: options.log,
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watched.stop();
    for (const { stop } of this.#entries.values()) stop.abort();
    await Promise.all(Array.from(this.#entries.values(), ({ done }) => done));
  }

  async #list(): Promise<KubernetesListObject<KubernetesObject>> {
    const answer: unknown = await this.#options.client.customObjects.listClusterCustomObject({
      ...NODE_CLAIMS,
    });
    const { items, metadata } = List.parse(answer);
    return { items, metadata: metadata ?? {} };
  }

  #reconcile(): void {
    const items = this.#watched.items();
    if (items === undefined || this.#stopping.signal.aborted) return;
    const claims = items.flatMap((item) => {
      const parsed = NodeClaim.safeParse(item);
      return parsed.success ? [parsed.data] : [];
    });
    for (const claim of claims) this.#handle(claim);
    const present = new Set(claims.map(({ metadata }) => metadata.uid));
    for (const [uid, entry] of this.#entries) {
      if (!present.has(uid)) this.#remove(uid, entry);
    }
    if (this.#cleaned) return;
    this.#cleaned = true;
    const wanted = new Set(claims.map(({ metadata }) => nodeNameOf(metadata.name)));
    void whileBusy(this.#options.clock, () => this.#removeOrphans(wanted));
  }

  #handle(claim: NodeClaim): void {
    const { uid, deletionTimestamp } = claim.metadata;
    let entry = this.#entries.get(uid);
    if (!entry) {
      entry = { claim, removing: false, stop: new AbortController(), done: Promise.resolve() };
      this.#entries.set(uid, entry);
      const { signal } = entry.stop;
      if (deletionTimestamp === undefined) {
        entry.done = whileBusy(this.#options.clock, (busy) => this.#keep(claim, busy, signal));
      }
    }
    entry.claim = claim;
    if (deletionTimestamp !== undefined) this.#remove(uid, entry);
  }

  /** Never rejects; starts again where the API was away. */
  async #keep(claim: NodeClaim, busy: Busy, signal: AbortSignal): Promise<void> {
    const { log, timings } = this.#options;
    while (!signal.aborted) {
      try {
        await keepNode(claim, this.#options, busy, signal);
      } catch (error) {
        if (signal.aborted) return;
        log(`node of claim ${claim.metadata.name}: ${describeError(error)}`);
        await busy.delay(timings.retry, { signal }).catch(() => undefined);
      }
    }
  }

  #remove(uid: string, entry: ClaimEntry): void {
    if (entry.removing) return;
    entry.removing = true;
    entry.stop.abort();
    const { done } = entry;
    entry.done = whileBusy(this.#options.clock, async (busy) => {
      await busy.wait(() => done);
      await this.#tearDown(uid, entry, busy);
    });
  }

  async #tearDown(uid: string, entry: ClaimEntry, busy: Busy): Promise<void> {
    const { log, timings } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await removeNode(entry.claim, this.#options, busy);
        this.#entries.delete(uid);
        return;
      } catch (error) {
        log(`removing the node of claim ${entry.claim.metadata.name}: ${describeError(error)}`);
        await busy.delay(timings.retry, { signal }).catch(() => undefined);
      }
    }
  }

  /** Nodes whose claim went while this program was not running. */
  async #removeOrphans(wanted: ReadonlySet<string>): Promise<void> {
    const { client, drain, log } = this.#options;
    try {
      const { items } = await client.core.listNode();
      for (const { metadata } of items) {
        const name = metadata?.name;
        if (!isOurNode(name) || wanted.has(name)) continue;
        await drain(name);
        await orMissing(client.core.deleteNode({ name }));
      }
    } catch (error) {
      log(`removing nodes without a claim: ${describeError(error)}`);
    }
  }
}
