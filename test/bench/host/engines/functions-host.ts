import { randomUUID } from "node:crypto";
import path from "node:path";

import type { FunctionApp } from "../../../../infra/local/functions-host/app/function-app.ts";
import { loadApp } from "../../../../infra/local/functions-host/app/load-app.ts";
import {
  entityId,
  hasEnded,
  type Instance,
} from "../../../../infra/local/functions-host/durable/instance.ts";
import { ClientOperations } from "../../../../infra/local/functions-host/durable/management/client-operations.ts";
import { MemoryStore } from "../../../../infra/local/functions-host/durable/store/memory-store.ts";
import { SqliteStore } from "../../../../infra/local/functions-host/durable/store/sqlite-store.ts";
import type {
  Store,
  WorkItem,
} from "../../../../infra/local/functions-host/durable/store/store.ts";
import { TaskHub } from "../../../../infra/local/functions-host/durable/task-hub.ts";
import { noFaults } from "../../../../infra/local/functions-host/durable/faults.ts";
import { randomIds } from "../../../../infra/local/functions-host/ids.ts";
import { createLog } from "../../../../infra/local/functions-host/log.ts";
import { readHostJson } from "../../../../infra/local/functions-host/settings/host-json.ts";
import { systemClock } from "../../../../infra/local/program/clock/clock.ts";
import type { Engine, Restart, Workflow } from "../engine.ts";
import { Outputs } from "../outputs.ts";

export const BENCH_APP = path.join(import.meta.dirname, "../app");

/** Of the instances that a restart finds unfinished. */
const LEFT = "left-";

export interface OpenTaskHub {
  readonly store: Store;
  readonly app: FunctionApp;
  readonly hub: TaskHub;
}

export interface FunctionsHostEngine extends Engine {
  signal(count: number): Promise<number>;
  /** @returns the output */
  runOne(instanceId: string, workflow: Workflow, size: number): Promise<number>;
}

/**
 * The task hub of this host, without its HTTP server, as the other engines are measured too.
 *
 * @param directory where it keeps its file; undefined keeps everything in memory
 */
export async function openTaskHub(directory: string | undefined): Promise<OpenTaskHub> {
  const store =
    directory === undefined
      ? new MemoryStore()
      : new SqliteStore(path.join(directory, "task-hub.db"));
  const log = createLog((entry) => process.stderr.write(`${entry.message}\n`), {});
  const env = process.env;
  const app = await loadApp({ root: BENCH_APP, env, log, durableClient: "{}" });
  const settings = readHostJson(BENCH_APP, env).extensions.durableTask;
  const hub = new TaskHub({
    store,
    app,
    clock: systemClock,
    ids: randomIds,
    faults: noFaults,
    log,
    settings,
  });
  return { store, app, hub };
}

export async function startFunctionsHostEngine(
  directory: string | undefined,
): Promise<FunctionsHostEngine> {
  return runOn(await openTaskHub(directory));
}

export function runOn({ store, hub }: OpenTaskHub): FunctionsHostEngine {
  const client = new ClientOperations(hub);
  const commits = watchCommits(store);
  hub.start();
  const run = async (ids: readonly string[], name: Workflow, size: number): Promise<number[]> => {
    const outputs = Promise.all(ids.map((id) => commits.outputs.of(id)));
    for (const instanceId of ids) {
      client.start({ name, instanceId, input: String(size), version: undefined });
    }
    const ended = (await outputs).map(Number);
    await store.flush();
    return ended;
  };

  return {
    run(workflow, size, instances) {
      return run(
        Array.from({ length: instances }, () => randomUUID()),
        workflow,
        size,
      );
    },
    async runOne(instanceId, workflow, size) {
      const [output = Number.NaN] = await run([instanceId], workflow, size);
      return output;
    },
    async signal(count) {
      const before = Number(store.entity(entityId("counter", "bench"))?.state ?? 0);
      const reached = commits.state(String(before + count));
      for (let index = 0; index < count; index++) {
        client.signalEntity("counter", "bench", "add", "1");
      }
      await reached;
      await store.flush();
      return Number(store.entity(entityId("counter", "bench"))?.state) - before;
    },
    restart: restartOf(client, commits),
    async stop() {
      await hub.stop();
      store.close();
    },
  };
}

function restartOf(client: ClientOperations, commits: Commits): Restart {
  return {
    async leaveUnfinished(count) {
      const running = commits.leftRunning(count);
      for (let index = 0; index < count; index++) {
        const instanceId = `${LEFT}${index}`;
        client.start({ name: "gated", instanceId, input: null, version: undefined });
      }
      await running;
    },
    firstEnd: () => commits.firstEnd,
    async finishLeft(count) {
      const outputs = await Promise.all(
        Array.from({ length: count }, (_, index) => commits.outputs.of(`${LEFT}${index}`)),
      );
      return outputs.map(Number);
    },
  };
}

interface Commits {
  readonly outputs: Outputs;
  readonly firstEnd: Promise<void>;
  /** Resolves when the entity has that state. */
  state(text: string): Promise<void>;
  /** Resolves when that many instances to be left are Running. */
  leftRunning(count: number): Promise<void>;
}

/** Tells what the store has committed, without polling it. */
function watchCommits(store: Store): Commits {
  const outputs = new Outputs();
  const states = new Map<string, () => void>();
  const begun = new Set<string>();
  const firstEnd = Promise.withResolvers<void>();
  let onBegun: (() => void) | undefined;
  const see = ({ instance, entity }: WorkItem): void => {
    if (entity) states.get(entity.state ?? "")?.();
    if (!instance) return;
    if (instance.status === "Running" && instance.id.startsWith(LEFT)) begun.add(instance.id);
    if (hasEnded(instance)) {
      outputs.set(instance.id, outputOf(instance));
      firstEnd.resolve();
    }
    onBegun?.();
  };
  const commit = store.commit.bind(store);
  store.commit = (work) => {
    const messages = commit(work);
    see(work);
    return messages;
  };
  return {
    outputs,
    firstEnd: firstEnd.promise,
    state: (text) => new Promise((resolve) => states.set(text, resolve)),
    leftRunning: (count) =>
      new Promise((resolve) => {
        onBegun = () => {
          if (begun.size >= count) resolve();
        };
      }),
  };
}

function outputOf({ status, output }: Instance): string {
  return status === "Completed" ? (output ?? "") : `${status}: ${output ?? ""}`;
}
