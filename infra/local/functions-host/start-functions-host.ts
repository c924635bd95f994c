import type { FunctionApp } from "./app/function-app.ts";
import { captureConsole } from "./app/app-console.ts";
import { tellOfTheEnd } from "./app/app-end.ts";
import { loadApp } from "./app/load-app.ts";
import { type Clock, systemClock } from "../program/clock/clock.ts";
import { Diagnostics } from "./durable/diagnostics/diagnostics.ts";
import { WaitingReport } from "./durable/diagnostics/waiting-report.ts";
import { refuseOtherHubs } from "./durable/management/client-bindings.ts";
import { durableClientInput, type LinkOptions } from "./durable/management/links.ts";
import { ManagementApi } from "./durable/management/management-api.ts";
import { TaskHub } from "./durable/task-hub.ts";
import { type Faults, noFaults } from "./durable/faults.ts";
import { type HostData, openHostData } from "./host-data.ts";
import { type AppServer, startAppServer } from "./http/app-server.ts";
import { createClockWebhook } from "./http/clock-webhook.ts";
import { createFront } from "./http/create-front.ts";
import { isLoopbackName } from "./http/gate.ts";
import { createHttpFunctions, type HttpFunction } from "./http/http-functions.ts";
import type { HostKeys } from "./http/keys.ts";
import { type Ids, randomIds } from "./ids.ts";
import { createLog, type Log, type LogSink } from "./log.ts";
import { hostIdOf } from "./settings/host-id.ts";
import { type HostJson, readHostJson } from "./settings/host-json.ts";
import { applySettings } from "./settings/local-settings.ts";
import { createBindings, createTriggers, refuseUnknownBindings } from "./triggers/bindings.ts";
import { loadStorageClients, type StorageClients } from "./triggers/storage-clients.ts";
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
  /** Asks for keys on the loopback address, too; elsewhere they are always needed. */
  readonly enableAuth?: boolean;
  /** Nothing but this app runs in this process: what it prints goes to the log, and how it ends. */
  readonly isProcessOfApp?: boolean;
  readonly clock?: Clock;
  /** Moves a virtual time on. */
  readonly advance?: (milliseconds: number) => Promise<void>;
  readonly ids?: Ids;
  readonly faults?: Faults;
  /** Calls each orchestrator twice and fails what does not answer the same. */
  readonly isStrict?: boolean;
}

export interface FunctionsHost {
  readonly url: string;
  readonly port: number;
  readonly keys: HostKeys;
  readonly functions: readonly FunctionSummary[];
  /** The names of functions that are switched off. */
  readonly disabled: readonly string[];
  stop(): Promise<void>;
}

export interface FunctionSummary {
  readonly name: string;
  readonly trigger: string;
  /** Of an HTTP function. */
  readonly route?: string;
  /** Of an HTTP function; none means all. */
  readonly methods?: readonly string[];
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
    if (options.isProcessOfApp === true) {
      captureConsole(log);
      tellOfTheEnd(log);
    }
    const { root, env } = options;
    const functionTimeoutMs = settings.functionTimeout ?? undefined;
    const app = await loadApp({ root, env, log, durableClient, functionTimeoutMs });
    refuseUnknownBindings(app.functions.all);
    refuseOtherHubs(app.functions.all, links, options.env);
    const storage = await loadStorageClients(app.functions.all, options.env);
    const host = assemble({ options, settings, log, data, server, app, storage, links });
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
  readonly storage: StorageClients;
  readonly links: LinkOptions;
}

function assemble(parts: Parts): AssembledHost {
  const { options, settings, log, data, server, app, links } = parts;
  const { env, clock = systemClock, faults = noFaults, ids = randomIds } = options;
  const { http, durableTask } = settings.extensions;
  const hostId = hostIdOf(options.root, env);
  const { triggers, webhooks, runs } = connectBindings(parts, hostId);
  const httpFunctions = createHttpFunctions(app.functions, http.routePrefix, env);
  const { root, isStrict = false } = options;
  const waiting = new WaitingReport({ store: data.store, app, log });
  const hub = new TaskHub({
    store: data.store,
    app,
    clock,
    ids,
    faults,
    log,
    settings: durableTask,
    diagnostics: new Diagnostics({ root, log, isStrict }),
  });
  const front = createFront({
    app,
    clock,
    httpFunctions,
    durable: new ManagementApi(hub, links),
    runs,
    webhooks: [...webhooks, waiting, createClockWebhook(clock, options.advance)],
    keys: data.keys,
    areKeysNeeded: options.enableAuth === true || !isLoopbackName(options.host),
    hostId,
    origin: server.origin,
    env,
    log,
  });
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
      await within(STOP_LIMIT_MS, waiting.writeToLog());
      await within(STOP_LIMIT_MS, app.runAppHooks("appTerminate"));
      await server.close(LAST_BYTES_MS);
      data.close();
    },
  };
}

/** Gives the functions their inputs and outputs. @returns what makes them run */
function connectBindings(parts: Parts, hostId: string): ReturnType<typeof createTriggers> {
  const { options, settings, log, data, app, storage } = parts;
  const { env, clock = systemClock, ids = randomIds } = options;
  const { queues, blobs } = settings.extensions;
  const common = { app, clock, env, log, storage, queues };
  app.useBindings(createBindings(app.functions.all, { ...common, ids }));
  const statuses = data.timers;
  return createTriggers(app.functions, { ...common, blobs, statuses, hostId });
}

function linksOf(server: AppServer, data: HostData, settings: HostJson): LinkOptions {
  const { hubName, storageProvider } = settings.extensions.durableTask;
  const connectionName =
    storageProvider.connectionName ?? storageProvider.connectionStringName ?? "AzureWebJobsStorage";
  return { origin: server.origin, hubName, connectionName, systemKey: data.keys.system };
}

function describe(
  server: AppServer,
  data: HostData,
  app: FunctionApp,
  httpFunctions: readonly HttpFunction[],
): Omit<FunctionsHost, "stop"> {
  const http = new Map(httpFunctions.map((found) => [found.fn.id, found]));
  return {
    url: server.origin,
    port: server.port,
    keys: data.keys,
    functions: app.functions.all.map(({ id, name, trigger }) => {
      const found = http.get(id);
      const reached = found ? { route: found.path, methods: found.methods } : {};
      return { name, trigger: trigger.type, ...reached };
    }),
    disabled: app.disabled,
  };
}
