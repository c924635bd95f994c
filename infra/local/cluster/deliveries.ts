import type { Clock } from "../program/clock/clock.ts";
import { NODE_CLAIMS } from "./api/resources/custom-resources.ts";
import { PODS } from "./api/resources/core-resources.ts";
import { idOf } from "./api/resource.ts";
import type { Change } from "./api/store/store.ts";

/** What the node watches, by the last word of the path it watches. */
const WATCHED = new Map([PODS, NODE_CLAIMS].map((resource) => [idOf(resource), resource.plural]));

/**
 * Keeps a virtual clock from going on while the node has not heard of a change.
 *
 * A watch is no request, so nobody waits for its answer: without this a Job could reach its deadline
 * between the moment its pod was bound and the moment the kubelet saw it.
 */
export class Deliveries {
  readonly #clock: Clock;
  readonly #sent = new Map<string, number>();
  readonly #seen = new Map<string, number>();
  #release: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  send({ resource, revision }: Change): void {
    const plural = WATCHED.get(idOf(resource));
    if (plural === undefined) return;
    this.#sent.set(plural, revision);
    this.#release ??= this.#clock.hold();
  }

  see(path: string, revision: number): void {
    const plural = path.slice(path.lastIndexOf("/") + 1);
    this.#seen.set(plural, Math.max(revision, this.#seen.get(plural) ?? 0));
    const isAllSeen = Array.from(this.#sent).every(
      ([each, sent]) => (this.#seen.get(each) ?? 0) >= sent,
    );
    if (!isAllSeen) return;
    this.#release?.();
    this.#release = undefined;
  }
}
