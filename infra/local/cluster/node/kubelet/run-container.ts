import { type Busy, whileBusy } from "../../../program/clock/busy.ts";
import type { Clock } from "../../../program/clock/clock.ts";
import type { Program, ProgramContext } from "../programs/program.ts";
import type { Timings } from "../timings.ts";
import type { ContainerExit, ContainerRecord } from "./container-record.ts";
import { keepProbing, type ProbeTarget } from "./readiness-probe.ts";

/** What the kubelet needs to run one container, besides the container. */
export interface ContainerHost {
  readonly restartPolicy: string;
  readonly timings: Timings;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** For messages: `name_namespace(uid)`. */
  readonly podTitle: string;
  program(record: ContainerRecord): Program | undefined;
  context(record: ContainerRecord, busy: Busy, signal: AbortSignal): Promise<ProgramContext>;
  probeTarget(record: ContainerRecord): ProbeTarget | undefined;
  isImageRefused(record: ContainerRecord): Promise<boolean>;
  readonly publish: () => void;
  readonly event: (type: "Normal" | "Warning", reason: string, message: string) => void;
}

const MAX_BACK_OFF_FACTOR = 16;
/** What has failed so often fails for ever, and virtual time does not go on for it. */
const HOPEFUL_TRIES = 5;

/** Runs a container as often as the restart policy asks; resolves when it is not run again. */
export async function runContainer(record: ContainerRecord, host: ContainerHost): Promise<void> {
  await whileBusy(host.clock, (busy) => runUntilDone(record, host, busy));
}

async function runUntilDone(
  record: ContainerRecord,
  host: ContainerHost,
  busy: Busy,
): Promise<void> {
  const { backOff } = host.timings;
  for (let crashes = 0; ; crashes++) {
    await pullImage(record, host, busy);
    const exit = await runOnce(record, host, busy);
    if (host.signal.aborted || !isRestarted(record, exit, host.restartPolicy)) return;

    record.prepareRestart();
    // kubelet: the first restart is immediate, then the back-off doubles.
    if (crashes === 0) continue;
    const wait = backOff * Math.min(2 ** (crashes - 1), MAX_BACK_OFF_FACTOR);
    const message = `back-off ${Math.ceil(wait / 1000)}s restarting failed container=${record.name} pod=${host.podTitle}`;
    record.wait("CrashLoopBackOff", message);
    host.event(
      "Warning",
      "BackOff",
      `Back-off restarting failed container ${record.name} in pod ${host.podTitle}`,
    );
    host.publish();
    await busy.delay(wait, { signal: host.signal, isBackground: crashes > HOPEFUL_TRIES });
  }
}

function isRestarted(record: ContainerRecord, exit: ContainerExit, policy: string): boolean {
  if (policy === "Never") return false;
  if (policy === "OnFailure" || record.isInit) return exit.exitCode !== 0;
  return true;
}

async function pullImage(record: ContainerRecord, host: ContainerHost, busy: Busy): Promise<void> {
  const { signal } = host;
  const image = record.spec.image ?? "";
  for (let tries = 0; ; tries++) {
    const refusal = await refusalOf(record, host);
    if (refusal === undefined) break;
    const message = `failed to pull and unpack image "${image}": ${refusal}`;
    host.event("Warning", "Failed", `Failed to pull image "${image}": ${message}`);
    record.wait("ErrImagePull", message);
    host.publish();
    const isBackground = tries >= HOPEFUL_TRIES;
    await busy.delay(host.timings.retry, { signal, isBackground });
    const backOff = `Back-off pulling image "${image}": ErrImagePull: ${message}`;
    record.wait("ImagePullBackOff", backOff);
    host.event("Warning", "BackOff", `Back-off pulling image "${image}"`);
    host.publish();
    const wait = host.timings.backOff * Math.min(2 ** tries, MAX_BACK_OFF_FACTOR);
    await busy.delay(wait, { signal, isBackground });
  }
  await busy.delay(host.timings.imagePull, { signal });
}

async function refusalOf(
  record: ContainerRecord,
  host: ContainerHost,
): Promise<string | undefined> {
  if (!host.program(record)) {
    return "the fake GPU node has no program for this container: it runs only what KAITO starts";
  }
  return (await host.isImageRefused(record)) ? "not found (fault image-pull-fails)" : undefined;
}

async function runOnce(
  record: ContainerRecord,
  host: ContainerHost,
  busy: Busy,
): Promise<ContainerExit> {
  const log = record.start(new Date());
  host.event("Normal", "Started", `Started container ${record.name}`);
  const ended = new AbortController();
  const signal = AbortSignal.any([host.signal, ended.signal]);
  host.publish();
  if (!record.isInit) void keepProbing(record, host.probeTarget(record), host, signal);

  let exit: ContainerExit;
  try {
    const program = host.program(record);
    if (!program) throw new Error(`no program for container ${record.name}`);
    exit = await program(await host.context(record, busy, signal));
  } catch (error) {
    if (!host.signal.aborted) log.errorLine(error instanceof Error ? error.message : String(error));
    exit = { exitCode: host.signal.aborted ? 143 : 1 };
  }
  ended.abort();
  record.end(exit, new Date());
  host.publish();
  return exit;
}
