import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { ensureCertificates } from "../certificates/certificates.ts";
import { type Clock, systemClock } from "../program/clock/clock.ts";
import type { Dial } from "./api/cluster-network/dial.ts";
import { dialNothing } from "./api/cluster-network/dial.ts";
import { type Intercept, startApiServer } from "./api/http/api-server.ts";
import { createAuthentication, type TokenIssuer } from "./api/http/authenticate.ts";
import { Outage } from "./api/http/outage.ts";
import { Registry } from "./api/registry/registry.ts";
import { CONFIG_MAPS, NAMESPACES } from "./api/resources/core-resources.ts";
import { WORKSPACES } from "./api/resources/custom-resources.ts";
import { openSqliteJournal } from "./api/store/sqlite-journal.ts";
import { type Change, Store } from "./api/store/store.ts";
import { startControllers } from "./controllers/start-controllers.ts";
import { DEFAULT_TIMINGS, type Timings } from "./controllers/timings.ts";
import { createWorkspaceAdmission } from "./kaito/admission/admit-workspace.ts";
import { startKaitoController } from "./kaito/kaito-controller.ts";
import { createTemplateConfigMaps } from "./kaito/template-config-maps.ts";
import { RELEASE_NAMESPACE } from "./kaito/workspace.ts";
import { writeKubeconfig } from "./kubeconfig.ts";

export interface ControlPlaneOptions {
  readonly host?: string | undefined;
  /** 0 lets the system choose. */
  readonly port?: number | undefined;
  /** Objects and the token are kept here; without it they end with the process. */
  readonly dataDirectory?: string | undefined;
  /** Where the certificates are, or are made. */
  readonly certificatesDirectory: string;
  /** Written with the administrator's token; by default into the certificates' directory. */
  readonly kubeconfigFile?: string | undefined;
  /** Whose signed tokens are taken beside the administrator's. */
  readonly tokenIssuer?: TokenIssuer | undefined;
  /** Connects to pods and kubelets; without it there are none. */
  readonly dial?: Dial | undefined;
  readonly timings?: Partial<Timings> | undefined;
  /** Whose time the controllers keep; real time by default. */
  readonly clock?: Clock | undefined;
  /** Called at each change of an object, before anybody is told. */
  readonly onChange?: ((change: Change) => void) | undefined;
  readonly intercept?: Intercept | undefined;
  readonly log?: ((message: string) => void) | undefined;
}

export interface ControlPlane {
  readonly url: string;
  readonly caFile: string;
  readonly adminToken: string;
  readonly kubeconfigFile: string;
  /** From now on every request but the administrator's and the node's fails, for this long. */
  outage(milliseconds: number, status?: number): void;
  stop(): Promise<void>;
}

const BOOTSTRAP_NAMESPACES = ["default", "kube-system", RELEASE_NAMESPACE];

/** Starts the Kubernetes API, its controllers and KAITO's, without any node. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { host = "127.0.0.1", port = 0, certificatesDirectory, dataDirectory, intercept } = options;
  const log = options.log ?? ignore;
  const certificates = await ensureCertificates(certificatesDirectory);
  const adminToken = ensureToken(dataDirectory);
  const store = new Store(
    dataDirectory === undefined ? undefined : openSqliteJournal(dataDirectory),
  );
  const admission = createWorkspaceAdmission((namespace, name) =>
    store.get(CONFIG_MAPS, namespace, name),
  );
  if (options.onChange) store.subscribe(options.onChange);
  const registry = new Registry(store, new Map([[WORKSPACES.plural, admission]]));
  bootstrap(registry);

  const outage = new Outage();
  const server = await startApiServer({
    host,
    port,
    certificates,
    registry,
    dial: options.dial ?? dialNothing,
    authenticate: createAuthentication(adminToken, options.tokenIssuer),
    outage,
    intercept,
    log,
  });
  const { clock = systemClock } = options;
  const context = { registry, timings: { ...DEFAULT_TIMINGS, ...options.timings }, clock, log };
  const controllers = [startControllers(context), startKaitoController(context)];

  const url = `https://${host}:${server.port}`;
  const { kubeconfigFile = path.join(certificatesDirectory, "kubeconfig.yaml") } = options;
  writeKubeconfig(kubeconfigFile, url, certificates.caFile, adminToken);
  return {
    url,
    caFile: certificates.caFile,
    adminToken,
    kubeconfigFile,
    outage: (milliseconds, status) => outage.begin(milliseconds, status),
    async stop() {
      for (const controller of controllers) controller.stop();
      await server.stop();
      store.close();
    },
  };
}

/** The token stays the same over restarts, so a kubeconfig that was handed out stays good. */
function ensureToken(dataDirectory: string | undefined): string {
  const made = randomBytes(32).toString("base64url");
  if (dataDirectory === undefined) return made;
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const file = path.join(dataDirectory, "admin-token");
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  writeFileSync(file, made, { mode: 0o600 });
  return made;
}

function bootstrap(registry: Registry): void {
  for (const name of BOOTSTRAP_NAMESPACES) {
    if (!registry.find(NAMESPACES, undefined, name)) {
      registry.create(NAMESPACES, undefined, { metadata: { name } });
    }
  }
  createTemplateConfigMaps(registry);
}

function ignore(): void {
  // Nobody asked for a log.
}
