import {
  emptyRegistrations,
  type ProgrammingModel,
} from "../../../../infra/local/functions-host/app/core-api.ts";
import { FunctionApp } from "../../../../infra/local/functions-host/app/function-app.ts";
import type { AppFunction } from "../../../../infra/local/functions-host/app/function-lookup.ts";
import { createLog, type LogEntry } from "../../../../infra/local/functions-host/log.ts";
import { openTimerStatuses } from "../../../../infra/local/functions-host/triggers/timer-statuses.ts";
import { TimerTrigger } from "../../../../infra/local/functions-host/triggers/timer-trigger.ts";
import { VirtualClock } from "../../../../infra/local/program/clock/virtual-clock.ts";

export interface TimerRun {
  readonly at: string;
  readonly timer: Record<string, unknown>;
}

export interface TimerOptions {
  readonly binding?: object;
  readonly retryOptions?: AppFunction["metadata"]["retryOptions"];
  readonly env?: NodeJS.ProcessEnv;
  readonly run?: () => unknown;
}

/** The least that a library does for the host: it hands the function what it is given. */
const model: ProgrammingModel = {
  getInvocationModel: ({ request }) => ({
    getArguments: async () => ({
      context: {},
      inputs: [JSON.parse(request.inputData[0]?.data?.json ?? "null")],
    }),
    invokeFunction: async (_context, inputs, callback) => callback(...inputs),
    getResponse: async () => ({}),
  }),
  getCapabilities: async (capabilities) => capabilities,
};

const SETTINGS = {
  queues: {
    maxPollingInterval: 1000,
    visibilityTimeout: 0,
    batchSize: 1,
    maxDequeueCount: 1,
    messageEncoding: "none",
  },
  blobs: { maxDegreeOfParallelism: 1, poisonBlobThreshold: 1 },
} as const;

/** A place for timer triggers, half an hour past midnight on a virtual clock. */
export class TimerLab {
  readonly clock = new VirtualClock(Date.parse("2030-01-01T00:30:00Z"));
  readonly statuses = openTimerStatuses(undefined);
  /** In the order of their beginnings. */
  readonly runs: TimerRun[] = [];
  readonly lines: LogEntry[] = [];

  createTimer(schedule: string, options: TimerOptions = {}): TimerTrigger {
    const fn = this.#createFunction(schedule, options);
    const log = createLog((entry) => this.lines.push(entry), {});
    const { clock, statuses } = this;
    const app = new FunctionApp({
      registrations: { ...emptyRegistrations(), model },
      functions: [fn],
      httpUri: undefined,
      log,
      durableClient: "{}",
    });
    const storage = { queues: refuse, blobs: refuse };
    const env = options.env ?? {};
    return new TimerTrigger(fn, {
      ...SETTINGS,
      app,
      clock,
      env,
      log,
      storage,
      statuses,
      hostId: "test",
    });
  }

  /** When the runs began. */
  times(): string[] {
    return this.runs.map(({ at }) => at.slice(11, 19));
  }

  #createFunction(schedule: string, { binding, retryOptions, run }: TimerOptions): AppFunction {
    const trigger = { type: "timerTrigger", direction: "in", schedule, ...binding };
    return {
      id: "tick",
      name: "tick",
      metadata: { name: "tick", bindings: { timer: trigger }, retryOptions },
      callback: (timer) => {
        const at = new Date(this.clock.now()).toISOString();
        this.runs.push({ at, timer: timer as Record<string, unknown> });
        return run?.();
      },
      triggerName: "timer",
      triggerType: "timertrigger",
      trigger,
    };
  }
}

function refuse(): never {
  throw new Error("A timer needs no storage.");
}
