import type { Entity, Instance, RuntimeStatus } from "../instance.ts";
import type { Message, NewMessage } from "../message.ts";

/** What one step of the task hub changes: all of it is stored, or nothing. */
export interface WorkItem {
  /** Sequences of the messages that this step has dealt with. */
  readonly consumed: readonly number[];
  readonly send: readonly NewMessage[];
  readonly instance?: Instance;
  /** How the history of `instance` changes: its first `keep` events stay, `append` follows. */
  readonly history?: HistoryChange;
  readonly entity?: Entity;
}

export interface HistoryChange {
  readonly keep: number;
  /** The JSON text of each event. */
  readonly append: readonly string[];
}

export interface InstanceFilter {
  readonly statuses?: readonly RuntimeStatus[] | undefined;
  readonly createdFrom?: string | undefined;
  readonly createdTo?: string | undefined;
  readonly idPrefix?: string | undefined;
  /** Only ids that sort after this one: where the page before ended. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/**
 * Where the task hub keeps everything. Calls are synchronous, so a read and the commit that follows
 * it in the same turn cannot be interleaved with another step.
 */
export interface Store {
  instance(id: string): Instance | undefined;
  /** In the order of their ids. */
  instances(filter: InstanceFilter): Instance[];
  /** The JSON text of each event, as it was appended (`readHistory` parses it). */
  history(instanceId: string): readonly string[];
  entity(id: string): Entity | undefined;
  /** In the order of their ids. */
  entities(idPrefix: string): Entity[];
  /** Every message that nobody consumed, in the order of their sequences. */
  messages(): Message[];
  /**
   * Stores one work item atomically: it survives this process. A consumed message that is gone already is
   * no error.
   *
   * @returns the sent messages with their sequences
   */
  commit(work: WorkItem): Message[];
  /** Settles when everything that was committed before this call survives the machine, too. */
  flush(): Promise<void>;
  /**
   * Forgets an instance or an entity with its history and the messages to it.
   *
   * @returns false if there was none
   */
  purge(id: string): boolean;
  close(): void;
}
