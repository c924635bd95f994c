import type { FunctionApp } from "../../../infra/local/functions-host/app/function-app.ts";
import { ClientOperations } from "../../../infra/local/functions-host/durable/management/client-operations.ts";
import type { Store } from "../../../infra/local/functions-host/durable/store/store.ts";
import { TaskHub } from "../../../infra/local/functions-host/durable/task-hub.ts";
import type { FaultMoment, Faults } from "../../../infra/local/functions-host/durable/faults.ts";
import { seededIds } from "../../../infra/local/functions-host/ids.ts";
import { createLog } from "../../../infra/local/functions-host/log.ts";
import type { DurableTaskSettings } from "../../../infra/local/functions-host/settings/host-json.ts";
import type { Clock } from "../../../infra/local/program/clock/clock.ts";
import { BETWEEN_HALVES, Crash } from "./crash.ts";
import { MortalStore } from "./mortal-store.ts";
import { createSeededFaults, noSeededFaults, type SeededFaults } from "./seeded-faults.ts";
import type { FaultPlan, ReopenableStore } from "./world.ts";

export interface FragileHubOptions {
  readonly app: FunctionApp;
  readonly settings: DurableTaskSettings;
  readonly clock: Clock;
  readonly data: ReopenableStore;
  readonly faults: FaultPlan | undefined;
}

interface Life {
  readonly hub: TaskHub;
  readonly store: MortalStore;
  readonly clients: ClientOperations;
}

const silentLog = createLog(() => undefined, { default: "none" });

/** A task hub that crashes by plan and is started again on what it has stored. */
export class FragileHub {
  readonly #options: FragileHubOptions;
  readonly #ids = seededIds(1);
  readonly #faults: SeededFaults;
  #store: Store;
  #life: Life;
  #isCrashed = false;
  #isHanging = false;
  #announced = 0;
  #commitsBefore = 0;
  crashes = 0;

  constructor(options: FragileHubOptions) {
    this.#options = options;
    this.#faults = options.faults
      ? createSeededFaults(options.faults, {
          crash: (moment) => this.#crash(moment),
          hang: () => {
            this.#isHanging = true;
          },
        })
      : noSeededFaults;
    Object.defineProperty(globalThis, BETWEEN_HALVES, {
      configurable: true,
      value: () => this.#reached("before-commit", "half"),
    });
    this.#store = options.data.open();
    this.#life = this.#begin();
  }

  get store(): Store {
    return this.#store;
  }

  get commits(): number {
    return this.#commitsBefore + this.#life.store.commits;
  }

  get isToRestart(): boolean {
    return this.#isCrashed || this.#isHanging;
  }

  /** As clients of the API see it: undefined while it is down. */
  get clients(): ClientOperations | undefined {
    return this.#isCrashed ? undefined : this.#life.clients;
  }

  async restart(): Promise<void> {
    if (this.#isHanging && !this.#isCrashed) this.#end();
    this.#isCrashed = false;
    this.#isHanging = false;
    this.#commitsBefore += this.#life.store.commits;
    await this.#settle();
    this.#store.close();
    this.#store = this.#options.data.open();
    this.#life = this.#begin();
  }

  async stop(): Promise<void> {
    await this.#life.hub.stop();
    await this.#settle();
  }

  /** A killed process takes its waits for the disk along. Here they must end before the file is closed. */
  async #settle(): Promise<void> {
    await this.#store.flush();
  }

  /** Commits that happened where no crash could be asked for. */
  unannounced(): string[] {
    const { commits } = this;
    return this.#announced === commits
      ? []
      : [`${commits} commits, but ${this.#announced} of them were announced to the faults`];
  }

  #begin(): Life {
    const { app, settings, clock } = this.#options;
    const store = new MortalStore(this.#store, (message) => this.#faults.arrivesTwice(message));
    const faults: Faults = {
      ...this.#faults,
      // What a crashed hub still does is no part of the run.
      reached: (moment, subject) => {
        if (this.#life.store === store) this.#reached(moment, subject);
      },
    };
    const hub = new TaskHub({
      store,
      app,
      clock,
      ids: this.#ids,
      faults,
      log: silentLog,
      settings,
    });
    const life = { hub, store, clients: new ClientOperations(hub) };
    this.#life = life;
    hub.start();
    return life;
  }

  #reached(moment: FaultMoment, subject: string): void {
    if (this.#isCrashed) throw new Crash(moment);
    if (moment === "after-commit") this.#announced += 1;
    this.#faults.reached(moment, subject);
  }

  #crash(moment: FaultMoment): never {
    this.#end();
    throw new Crash(moment);
  }

  #end(): void {
    this.crashes += 1;
    this.#isCrashed = true;
    this.#life.store.die();
    void this.#life.hub.stop();
  }
}
