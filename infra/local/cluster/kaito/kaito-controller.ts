import { idOf } from "../api/resource.ts";
import { NODES } from "../api/resources/core-resources.ts";
import { NODE_CLAIMS, WORKSPACES } from "../api/resources/custom-resources.ts";
import { SERVICES } from "../api/resources/core-resources.ts";
import { CONTROLLER_REVISIONS, JOBS, STATEFUL_SETS } from "../api/resources/group-resources.ts";
import type { Change } from "../api/store/store.ts";
import {
  type Controller,
  type ControllerContext,
  keyOf,
  splitKey,
} from "../controllers/controller.ts";
import { WorkQueue } from "../controllers/work-queue.ts";
import { controllerOf, type KubeObject, objectAt } from "../objects/kube-object.ts";
import { applyInference } from "./inference/apply-inference.ts";
import { deleteNodeClaims, ensureNodeClaim, labelNodes, readNodeState } from "./nodes.ts";
import { ControllerPanic, ReconcileError } from "./reconcile-error.ts";
import { hashOf, syncRevision } from "./revisions.ts";
import { writeWorkspaceStatus } from "./status/write-status.ts";
import { applyTuning } from "./tuning/apply-tuning.ts";
import {
  FINALIZER,
  HASH_ANNOTATION,
  NAMESPACE_LABEL,
  Workspace,
  WORKSPACE_LABEL,
} from "./workspace.ts";

/** kaito: workspace_controller.go:1539-1548 watches what it owns; not pods, not ConfigMaps. */
const OWNED = new Set([SERVICES, CONTROLLER_REVISIONS, STATEFUL_SETS, JOBS].map(idOf));

/** Machines name their Workspace in labels. */
const LABELLED = new Set([NODE_CLAIMS, NODES].map(idOf));

/** Does what KAITO's workspace controller does, in its order (kaito: Reconcile, 108-149). */
export function startKaitoController(context: ControllerContext): Controller {
  const controller = new KaitoController(context);
  return { stop: () => controller.stop() };
}

class KaitoController {
  readonly #context: ControllerContext;
  readonly #queue: WorkQueue;
  readonly #unsubscribe: () => void;
  /** Until when a new revision is not applied to the workload yet. */
  readonly #applyAt = new Map<string, number>();

  constructor(context: ControllerContext) {
    const { registry, timings, clock, log } = context;
    this.#context = context;
    this.#queue = new WorkQueue({
      clock,
      reconcile: (key) => this.#reconcile(key),
      latencyMs: timings.kaitoSync,
      log: (message) => log(`KAITO: ${message}`),
    });
    this.#unsubscribe = registry.store.subscribe((change) => this.#notice(change));
    for (const { metadata } of registry.list(WORKSPACES)) this.#queue.add(keyOf(metadata));
  }

  stop(): void {
    this.#unsubscribe();
    this.#queue.stop();
  }

  #notice({ resource, object }: Change): void {
    const key = workspaceKeyOf(idOf(resource), object);
    // Nodes are not watched: KAITO sees them when it looks again.
    const isNode = idOf(resource) === idOf(NODES);
    if (key !== undefined) {
      this.#queue.add(key, isNode ? this.#context.timings.kaitoRetry : undefined);
    }
  }

  #reconcile(key: string): void {
    const { registry } = this.#context;
    const { namespace, name } = splitKey(key);
    const stored = registry.find(WORKSPACES, namespace, name);
    if (!stored) {
      this.#applyAt.delete(key);
      return;
    }
    if (stored.metadata.deletionTimestamp !== undefined) this.#finalize(stored);
    else this.#advance(key, this.#withFinalizer(stored));
  }

  /** An adapter that only update rules refuse makes this fail for ever: no status, no event (recorded). */
  #withFinalizer(stored: KubeObject): KubeObject {
    const { finalizers = [] } = stored.metadata;
    if (finalizers.includes(FINALIZER)) return stored;
    return this.#context.registry.update(WORKSPACES, {
      ...stored,
      metadata: { ...stored.metadata, finalizers: [...finalizers, FINALIZER] },
    });
  }

  #finalize(stored: KubeObject): void {
    const { registry } = this.#context;
    const { finalizers = [] } = stored.metadata;
    if (!finalizers.includes(FINALIZER)) return;
    deleteNodeClaims(registry, Workspace.parse(stored));
    registry.update(WORKSPACES, {
      ...stored,
      metadata: { ...stored.metadata, finalizers: finalizers.filter((each) => each !== FINALIZER) },
    });
  }

  #advance(key: string, stored: KubeObject): void {
    const { registry, timings, clock } = this.#context;
    const isNew = stored.metadata.annotations?.[HASH_ANNOTATION] === undefined;
    if (!isNew && this.#isUnseen(stored)) {
      // The status of the new generation is written while everything else is still the old one: the
      // false-ready window (REPORT-2, S6).
      writeWorkspaceStatus(registry, stored, undefined);
      this.#applyAt.set(key, clock.now() + timings.kaitoRevision + timings.kaitoApply);
      this.#queue.add(key, timings.kaitoRevision);
      return;
    }
    const current = this.#withRevision(stored);
    const wait = (this.#applyAt.get(key) ?? 0) - clock.now();
    if (wait > 0) {
      this.#queue.add(key, wait);
      return;
    }
    this.#applyAt.delete(key);
    this.#settle(key, current);
  }

  /** Whether what is wanted changed since the conditions were written. */
  #isUnseen(stored: KubeObject): boolean {
    const { metadata, status } = Workspace.parse(stored);
    return (
      hashOf(stored) !== metadata.annotations[HASH_ANNOTATION] &&
      status.conditions.some(({ observedGeneration }) => observedGeneration < metadata.generation)
    );
  }

  #withRevision(stored: KubeObject): KubeObject {
    const { registry } = this.#context;
    const current =
      stored.metadata.annotations?.[HASH_ANNOTATION] === hashOf(stored)
        ? stored
        : syncRevision(registry, stored);
    if (Workspace.parse(current).status.targetNodeCount !== undefined) return current;
    const status = { ...objectAt(current, "status"), targetNodeCount: 1 };
    return registry.update(WORKSPACES, { ...current, status }, { subresource: "status" });
  }

  #settle(key: string, stored: KubeObject): void {
    const { registry, timings } = this.#context;
    let failure: unknown;
    try {
      if (!this.#applyWorkload(stored)) this.#lookAgain(key, timings.kaitoRetry);
    } catch (error) {
      failure = error;
    }
    // A panic ends the reconciliation, and still the deferred status is written: with nothing to say.
    const message = failure instanceof ReconcileError ? failure.message : undefined;
    writeWorkspaceStatus(registry, stored, message);
    if (failure instanceof ReconcileError || failure instanceof ControllerPanic) {
      this.#lookAgain(key, timings.kaitoRetry * 4);
    } else if (failure !== undefined) {
      throw failure;
    }
  }

  /** Somebody else must do something before this helps: virtual time does not go on for it. */
  #lookAgain(key: string, delayMs: number): void {
    this.#queue.add(key, delayMs, { isBackground: true });
  }

  /** @returns false while the machines are not ready: the workload waits, even a change of adapters */
  #applyWorkload(stored: KubeObject): boolean {
    const { registry } = this.#context;
    const workspace = Workspace.parse(stored);
    ensureNodeClaim(registry, stored, workspace);
    const state = readNodeState(registry, workspace);
    if (!state.claims.ready || !state.nodes.ready) {
      if (state.claims.ready) labelNodes(registry, state);
      return false;
    }
    if (workspace.tuning) applyTuning(registry, stored, workspace.tuning);
    if (workspace.inference) applyInference(registry, stored, workspace.inference);
    return true;
  }
}

/** The Workspace that a changed object belongs to. */
function workspaceKeyOf(resourceId: string, object: KubeObject): string | undefined {
  if (resourceId === idOf(WORKSPACES)) return keyOf(object.metadata);
  if (LABELLED.has(resourceId)) {
    const { [WORKSPACE_LABEL]: name, [NAMESPACE_LABEL]: namespace = "" } =
      object.metadata.labels ?? {};
    return name === undefined ? undefined : `${namespace}/${name}`;
  }
  const owner = OWNED.has(resourceId) ? controllerOf(object) : undefined;
  const { namespace = "" } = object.metadata;
  return owner?.kind === WORKSPACES.kind ? `${namespace}/${owner.name}` : undefined;
}
