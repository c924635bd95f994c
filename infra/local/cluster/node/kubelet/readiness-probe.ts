import http from "node:http";
import type { Socket } from "node:net";

import { whileBusy } from "../../../program/clock/busy.ts";
import type { Clock } from "../../../program/clock/clock.ts";
import type { Timings } from "../timings.ts";
import type { ContainerRecord } from "./container-record.ts";

export interface ProbeTarget {
  readonly path: string;
  connect(): Promise<Socket>;
}

interface ProbeHost {
  readonly clock: Clock;
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
  const { clock, timings } = host;
  // A model that has not answered soon after it was loaded may never do so: no time goes on for it.
  const hopeful = clock.now() + timings.modelLoad + 2 * timings.probe;
  await whileBusy(clock, async (busy) => {
    while (!signal.aborted) {
      const ready = await probe(target);
      if (signal.aborted) return;
      if (ready !== record.ready) {
        record.ready = ready;
        host.publish();
      }
      const isBackground = ready || clock.now() > hopeful;
      await busy.delay(timings.probe, { signal, isBackground }).catch(() => undefined);
    }
  });
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
