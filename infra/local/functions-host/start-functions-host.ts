import type { FunctionApp } from "./app/function-app.ts";
import { loadApp } from "./app/load-app.ts";
import { type Clock, systemClock } from "../program/clock/clock.ts";
import { durableClientInput, type LinkOptions } from "./durable/management/links.ts";
import { ManagementApi } from "./durable/management/management-api.ts";
import { TaskHub } from "./durable/task-hub.ts";
import { type Faults, noFaults } from "./faults.ts";
import { type HostData, openHostData } from "./host-data.ts";
import { type AppServer, startAppServer } from "./http/app-server.ts";
import { HttpFront } from "./http/http-front.ts";
import { createHttpFunctions, type HttpFunction } from "./http/http-functions.ts";
import type { HostKeys } from "./http/keys.ts";
import { type Ids, randomIds } from "./ids.ts";
import { createLog, type Log, type LogSink } from "./log.ts";
import { type HostJson, readHostJson } from "./settings/host-json.ts";
import { applySettings } from "./settings/local-settings.ts";
import { refuseUnknownBindings } from "./triggers/binding-types.ts";
import { createOutputs } from "./triggers/outputs.ts";
import { QueueTrigger } from "./triggers/queue-trigger.ts";
import { loadQueueServices, type QueueServices } from "./triggers/queue-services.ts";
import { TimerTrigger } from "./triggers/timer-trigger.ts";
import { within } from "./within.ts";

export interface FunctionsHostOptions {
  /** The app's directory: where its `host.json` is. */
  readonly root: string;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Where the task hub and the keys are kept; undefined keeps them in memory. */
  readonly dataDirectory: string | undefined;
  /** A file with the keys, instead of made ones. */
  readonly keysFile?: string | undefined;
  /**
   * The app's settings. `local.settings.json` fills what is missing, and the host adds its own. An app
   * reads `process.env`, so it sees them only if that is what is passed.
   */
  readonly env: NodeJS.ProcessEnv;
  readonly log: LogSink;
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly faults?: Faults;
}

export interface FunctionsHost {
  readonly url: string;
  readonly port: number;
  readonly keys: HostKeys;
  readonly functions: readonly FunctionSummary[];
  stop(): Promise<void>;
}

export interface FunctionSummary {
  readonly name: string;
  readonly trigger: string;
  /** Of an HTTP function. */
  readonly route?: string;
}

/** How long running invocations may take after a stop. */
const STOP_LIMIT_MS = 5000;

/** How long answers that are written already may take to be read. */
const LAST_BYTES_MS = 1000;

/**
 * Starts the host for one app. The app is loaded into this process, and `@azure/functions` binds itself
 * to the first host that loads it: one host per process.
 *
 * @throws {UsageError} if the app or its settings are not right, or the port or the data directory is taken
 */
export async function startFunctionsHost(options: FunctionsHostOptions): Promise<FunctionsHost> {
  applySettings(options.root, options.env);
  const settings = readHostJson(options.root, options.env);
  const log = createLog(options.log, settings.logging.logLevel);
  const data = openHostData(options.dataDirectory, options.keysFile);
  let server: AppServer | undefined;
  try {
    server = await startAppServer(options.host, options.port);
    options.env["WEBSITE_HOSTNAME"] = new URL(server.origin).host;
    const links = linksOf(server, data, settings);
    const durableClient = JSON.stringify(durableClientInput(links));
    const { root, env } = options;
    const app = await loadApp({ root, env, log, durableClient });
    refuseUnknownBindings(app.functions.all);
    const queueServices = await loadQueueServices(app.functions.all, options.env);
    const host = assemble({ options, settings, log, data, server, app, queueServices, links });
    await app.runAppHooks("appStart");
    host.start();
    return { ...describe(server, data, app, host.httpFunctions), stop: () => host.stop() };
  } catch (error) {
    await server?.close(0);
    data.close();
    throw error;
  }
}

interface AssembledHost {
  readonly httpFunctions: readonly HttpFunction[];
  start(): void;
  stop(): Promise<void>;
}

interface Parts {
  readonly options: FunctionsHostOptions;
  readonly settings: HostJson;
  readonly log: Log;
  readonly data: HostData;
  readonly server: AppServer;
  readonly app: FunctionApp;
  readonly queueServices: QueueServices;
  readonly links: LinkOptions;
}

function assemble(parts: Parts): AssembledHost {
  const { options, settings, log, data, server, app, queueServices, links } = parts;
  const { env, clock = systemClock, faults = noFaults, ids = randomIds } = options;
  const { http, durableTask, queues } = settings.extensions;
  const outputs = createOutputs(app.functions.all, queueServices, env, queues.messageEncoding);
  const common = { app, outputs, env, log };
  const httpFunctions = createHttpFunctions(
    app.functions.ofType("httpTrigger"),
    http.routePrefix,
    env,
  );
  const hub = new TaskHub({
    store: data.store,
    app,
    clock,
    ids,
    faults,
    log,
    settings: durableTask,
  });
  const front = new HttpFront({
    ...common,
    functions: httpFunctions,
    management: new ManagementApi(hub, links),
    keys: data.keys,
    ownHost: new URL(server.origin).host,
  });
  const triggers = [
    ...app.functions
      .ofType("timerTrigger")
      .map((fn) => new TimerTrigger(fn, { ...common, clock, statuses: data.timers })),
    ...app.functions
      .ofType("queueTrigger")
      .map((fn) => new QueueTrigger(fn, { ...common, services: queueServices, settings: queues })),
  ];

  return {
    httpFunctions,
    start() {
      hub.start();
      server.open((request, response) => front.handle(request, response));
      for (const trigger of triggers) trigger.start();
    },
    async stop() {
      front.refuseNewCalls();
      // What runs may still need its durable client, so the server closes after it.
      const work = [hub.stop(), ...triggers.map((trigger) => trigger.stop()), app.settle()];
      await within(STOP_LIMIT_MS, Promise.allSettled(work));
      await within(STOP_LIMIT_MS, app.runAppHooks("appTerminate"));
      await server.close(LAST_BYTES_MS);
      data.close();
    },
  };
}

function linksOf(server: AppServer, data: HostData, settings: HostJson): LinkOptions {
  const { hubName } = settings.extensions.durableTask;
  return { origin: server.origin, hubName, systemKey: data.keys.system };
}

function describe(
  server: AppServer,
  data: HostData,
  app: FunctionApp,
  httpFunctions: readonly HttpFunction[],
): Omit<FunctionsHost, "stop"> {
  const routes = new Map(httpFunctions.map(({ fn, path }) => [fn.id, path]));
  return {
    url: server.origin,
    port: server.port,
    keys: data.keys,
    functions: app.functions.all.map(({ id, name, trigger }) => {
      const route = routes.get(id);
      return { name, trigger: trigger.type, ...(route === undefined ? {} : { route }) };
    }),
  };
}
