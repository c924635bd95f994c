import http from "node:http";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

import type { Timings } from "../timings.ts";
import type { ContainerRecord } from "./container-record.ts";

export interface ProbeTarget {
  readonly path: string;
  connect(): Promise<Socket>;
}

interface ProbeHost {
  readonly timings: Timings;
  readonly publish: () => void;
}

const PROBE_TIMEOUT_MS = 1000;

/**
 * Keeps `record.ready` true to what the container answers, until `signal` aborts.
 *
 * A container without a probe is ready at once.
 */
export async function keepProbing(
  record: ContainerRecord,
  target: ProbeTarget | undefined,
  host: ProbeHost,
  signal: AbortSignal,
): Promise<void> {
  if (!target) {
    record.ready = true;
    host.publish();
    return;
  }
  while (!signal.aborted) {
    const ready = await probe(target);
    if (signal.aborted) return;
    if (ready !== record.ready) {
      record.ready = ready;
      host.publish();
    }
    await delay(host.timings.probe, undefined, { signal }).catch(() => undefined);
  }
}

async function probe(target: ProbeTarget): Promise<boolean> {
  let socket: Socket;
  try {
    socket = await target.connect();
  } catch {
    return false;
  }
  return new Promise((resolve) => {
    const request = http.get({ path: target.path, createConnection: () => socket }, (response) => {
      const status = response.statusCode ?? 0;
      response.resume();
      socket.destroy();
      // kubelet: any status from 200 to 399 is a success.
      resolve(status >= 200 && status < 400);
    });
    request.setTimeout(PROBE_TIMEOUT_MS, () => request.destroy());
    request.on("error", () => resolve(false));
  });
}
