import type { V1Container, V1PodSpec } from "@kubernetes/client-node";

import type { Busy } from "../../../program/clock/busy.ts";
import type { FaultRule } from "../faults/fault-rule.ts";
import type { ContainerLog } from "../kubelet/container-log.ts";
import type { ContainerExit } from "../kubelet/container-record.ts";
import type { ContainerFiles } from "../kubelet/pod-volumes.ts";
import type { PodHttp } from "../network/pod-http.ts";
import type { Timings } from "../timings.ts";

/** What one run of a container has around it. */
export interface ProgramContext {
  readonly spec: V1Container;
  readonly podSpec: V1PodSpec;
  readonly files: ContainerFiles;
  readonly log: ContainerLog;
  /** Aborts when the pod must end. */
  readonly signal: AbortSignal;
  readonly http: PodHttp;
  readonly fault: FaultRule | undefined;
  readonly timings: Timings;
  /** Whatever the program waits for, time or an event, it waits for through this. */
  readonly busy: Busy;
  /** Brings mounted Secrets and ConfigMaps up to date, as the kubelet does from time to time. */
  readonly refreshMounts: () => Promise<void>;
  /** Makes a loopback port answer at this port of the pod's address, until the run ends. */
  readonly expose: (port: number, loopbackPort: number) => void;
  /** The signal that containers of one pod send each other: the pusher to `pause`. */
  readonly resumption: Resumption;
  /** The trainer has written its sentinel: the pusher need not wait for its next look. */
  readonly trained: Resumption;
}

export interface Resumption {
  readonly send: () => void;
  readonly sent: Promise<void>;
}

/**
 * Stands for the process of a container.
 *
 * Resolves with its exit. Throwing an Error is exit code 1 with the message on standard error; any end
 * after `signal` aborted is exit code 143.
 */
export type Program = (context: ProgramContext) => Promise<ContainerExit>;

export const EXIT_OK: ContainerExit = { exitCode: 0 };

export function environmentOf(spec: V1Container): Readonly<Record<string, string>> {
  return Object.fromEntries((spec.env ?? []).map(({ name, value }) => [name, value ?? ""]));
}

/** The whole command line as one text: KAITO puts shell scripts into it. */
export function commandOf(spec: V1Container): string {
  return [...(spec.command ?? []), ...(spec.args ?? [])].join(" ");
}
