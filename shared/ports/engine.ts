/** The engine that runs orchestrations, as those who start and wake them need it. */
export interface Engine {
  /** Starts an orchestration unless one of that id is running. */
  start(name: string, instanceId: string, input: unknown): Promise<void>;

  /** Ends a sleep early. An instance that is gone or has ended is fine. */
  wake(instanceId: string): Promise<void>;

  /** @returns whether the instance of that id runs or has ended, or `undefined` if there is none */
  find(instanceId: string): Promise<"running" | "ended" | undefined>;
}
