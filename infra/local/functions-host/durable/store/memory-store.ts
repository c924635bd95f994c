import type { Entity, Instance } from "../instance.ts";
import { type Message, MessageBody, type NewMessage } from "../message.ts";
import type { InstanceFilter, Store, WorkItem } from "./store.ts";

/**
 * Forgets everything with the process. Instances and entities are kept as frozen copies and messages as
 * JSON text, so that no caller shares what it could change.
 */
export class MemoryStore implements Store {
  readonly #instances = new Map<string, Instance>();
  readonly #histories = new Map<string, string[]>();
  readonly #entities = new Map<string, Entity>();
  readonly #messages = new Map<number, StoredMessage>();
  #lastSequence = 0;

  instance(id: string): Instance | undefined {
    return this.#instances.get(id);
  }

  instances(filter: InstanceFilter): Instance[] {
    const matching = [...this.#instances.values()]
      .filter((instance) => matches(instance, filter))
      .toSorted((a, b) => compareBytes(a.id, b.id));
    return matching.slice(0, filter.limit);
  }

  history(instanceId: string): readonly string[] {
    return this.#histories.get(instanceId)?.slice() ?? [];
  }

  entity(id: string): Entity | undefined {
    return this.#entities.get(id);
  }

  entities(idPrefix: string): Entity[] {
    return [...this.#entities.values()]
      .filter((entity) => entity.id.startsWith(idPrefix))
      .toSorted((a, b) => compareBytes(a.id, b.id));
  }

  messages(): Message[] {
    return [...this.#messages.values()].map(read);
  }

  commit(work: WorkItem): Message[] {
    const { consumed, send, entity, instance, history } = work;
    // Written as text before anything changes: what cannot be, leaves no half of the work behind.
    const bodies = send.map(({ body }) => JSON.stringify(body));

    for (const sequence of consumed) this.#messages.delete(sequence);
    if (entity) this.#entities.set(entity.id, Object.freeze({ ...entity }));
    if (instance) this.#instances.set(instance.id, Object.freeze({ ...instance }));
    if (instance && history) this.#append(instance.id, history.keep, history.append);
    return send.map((message, index) => this.#send(message, bodies[index] ?? ""));
  }

  purge(id: string): boolean {
    const found = this.#instances.delete(id) || this.#entities.delete(id);
    this.#histories.delete(id);
    for (const message of this.#messages.values()) {
      if (message.to === id) this.#messages.delete(message.sequence);
    }
    return found;
  }

  async flush(): Promise<void> {
    // There is nowhere to write to.
  }

  close(): void {
    // Nothing is open.
  }

  #append(instanceId: string, keep: number, events: readonly string[]): void {
    const history = this.#histories.get(instanceId) ?? [];
    history.length = Math.min(history.length, keep);
    for (const event of events) history.push(event);
    this.#histories.set(instanceId, history);
  }

  #send({ to, due, body }: NewMessage, text: string): Message {
    this.#lastSequence += 1;
    const sequence = this.#lastSequence;
    this.#messages.set(sequence, { sequence, to, due, body: text });
    return { sequence, to, due, body };
  }
}

interface StoredMessage {
  readonly sequence: number;
  readonly to: string;
  readonly due: number | null;
  readonly body: string;
}

function read({ sequence, to, due, body }: StoredMessage): Message {
  return { sequence, to, due, body: MessageBody.parse(JSON.parse(body)) };
}

function matches(instance: Instance, filter: InstanceFilter): boolean {
  if (filter.statuses && !filter.statuses.includes(instance.status)) return false;
  if (filter.createdFrom !== undefined && instance.createdAt < filter.createdFrom) return false;
  if (filter.createdTo !== undefined && instance.createdAt > filter.createdTo) return false;
  if (filter.after !== undefined && compareBytes(instance.id, filter.after) <= 0) return false;
  return instance.id.startsWith(filter.idPrefix ?? "");
}

/** As SQLite sorts text, so that a page begins at the same place in every store. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
