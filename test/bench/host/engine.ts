export type Workflow = "sequence" | "fanOut";

/** A durable engine in this process, with the bench's workflows registered and its workers running. */
export interface Engine {
  /**
   * Starts instances of one workflow at once, and waits until the engine has stored that all have ended.
   *
   * `sequence` adds 1 to a number, `size` times, each time in an activity; its output is the number.
   * `fanOut` adds 1 to each of 0, 1, ... `size` - 1, each in an activity, all at once; its output is the sum.
   *
   * @returns their outputs
   */
  run(workflow: Workflow, size: number, instances: number): Promise<readonly number[]>;
  /** Sends signals that add 1 to one entity. @returns its state once all are in it */
  signal?(count: number): Promise<number>;
  restart?: Restart;
  stop(): Promise<void>;
}

/** Of an engine that finds its instances again in the next process. */
export interface Restart {
  /** Leaves instances begun and unfinished; the process must end without a stop after it. */
  leaveUnfinished(count: number): Promise<void>;
  /** Waits until any instance has ended in this process. */
  firstEnd(): Promise<void>;
  /** Waits until that many instances which another process left have ended. @returns their outputs */
  finishLeft(count: number): Promise<readonly number[]>;
}

/** An engine that ends with another output than it should. */
export class WrongResult extends Error {
  override readonly name = "WrongResult";
}
