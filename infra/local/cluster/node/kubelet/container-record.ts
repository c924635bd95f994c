import type { V1Container } from "@kubernetes/client-node";

import { toApiTime } from "./api-time.ts";
import { ContainerLog } from "./container-log.ts";

export interface Terminated {
  readonly exitCode: number;
  readonly reason: string;
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** One of the three, as in the Kubernetes API. */
export interface ContainerState {
  readonly waiting?: { readonly reason: string; readonly message?: string };
  readonly running?: { readonly startedAt: string };
  readonly terminated?: Terminated;
}

/** How a run ended. */
export interface ContainerExit {
  readonly exitCode: number;
  readonly reason?: string;
}

/** What the kubelet knows of one container of one pod. */
export class ContainerRecord {
  readonly spec: V1Container;
  readonly isInit: boolean;
  state: ContainerState;
  lastState: ContainerState = {};
  restartCount = 0;
  ready = false;
  log: ContainerLog | undefined;
  previousLog: ContainerLog | undefined;

  constructor(spec: V1Container, isInit: boolean, waitingReason: string) {
    this.spec = spec;
    this.isInit = isInit;
    this.state = { waiting: { reason: waitingReason } };
  }

  get name(): string {
    return this.spec.name;
  }

  wait(reason: string, message?: string): void {
    this.ready = false;
    this.state = { waiting: { reason, ...(message !== undefined && { message }) } };
  }

  start(now: Date): ContainerLog {
    if (this.lastState.terminated) this.restartCount++;
    this.previousLog = this.log;
    this.log = new ContainerLog();
    this.state = { running: { startedAt: toApiTime(now) } };
    return this.log;
  }

  end(exit: ContainerExit, now: Date): void {
    this.log?.close();
    this.state = {
      terminated: {
        exitCode: exit.exitCode,
        reason: exit.reason ?? (exit.exitCode === 0 ? "Completed" : "Error"),
        startedAt: this.state.running?.startedAt ?? toApiTime(now),
        finishedAt: toApiTime(now),
      },
    };
    // An init container is "ready" once it has done its work.
    this.ready = this.isInit && exit.exitCode === 0;
  }

  /** Between two runs: the end of the last one moves to `lastState`. */
  prepareRestart(): void {
    this.lastState = this.state;
  }
}
