import type { Message } from "../../../infra/local/functions-host/durable/message.ts";
import type { Store, WorkItem } from "../../../infra/local/functions-host/durable/store/store.ts";

/** The store as one task hub sees it. When that hub has crashed, what it still does comes to nothing. */
export class MortalStore implements Store {
  readonly #store: Store;
  readonly #arrivesTwice: (message: Message) => boolean;
  #isDead = false;
  /** How many work items were stored through it. */
  commits = 0;

  /** @param arrivesTwice whether that message reaches the hub a second time, as from a queue */
  constructor(store: Store, arrivesTwice: (message: Message) => boolean) {
    this.#store = store;
    this.#arrivesTwice = arrivesTwice;
  }

  die(): void {
    this.#isDead = true;
  }

  instance(id: string) {
    return this.#alive().instance(id);
  }

  instances(filter: Parameters<Store["instances"]>[0]) {
    return this.#alive().instances(filter);
  }

  history(instanceId: string) {
    return this.#alive().history(instanceId);
  }

  entity(id: string) {
    return this.#alive().entity(id);
  }

  entities(idPrefix: string) {
    return this.#alive().entities(idPrefix);
  }

  messages() {
    return this.#alive().messages();
  }

  commit(work: WorkItem) {
    const sent = this.#alive().commit(work);
    this.commits += 1;
    return sent.flatMap((message) =>
      this.#arrivesTwice(message) ? [message, message] : [message],
    );
  }

  async flush() {
    await this.#alive().flush();
  }

  purge(id: string) {
    return this.#alive().purge(id);
  }

  close(): void {
    // Whoever opened the store closes it: it outlives this hub.
  }

  #alive(): Store {
    if (this.#isDead) throw new Error("This task hub has crashed.");
    return this.#store;
  }
}
