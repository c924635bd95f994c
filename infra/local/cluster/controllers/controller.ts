import type { Clock } from "../../program/clock/clock.ts";
import type { Registry } from "../api/registry/registry.ts";
import type { Timings } from "./timings.ts";

export interface ControllerContext {
  readonly registry: Registry;
  readonly timings: Timings;
  readonly clock: Clock;
  readonly log: (message: string) => void;
}

/** A part of the control plane that works until it is stopped. */
export interface Controller {
  stop(): void;
}

/** `namespace/name`, as keys of work queues. */
export function keyOf(metadata: {
  readonly namespace?: string | undefined;
  readonly name: string;
}): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

export function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const at = key.indexOf("/");
  return { namespace: key.slice(0, at), name: key.slice(at + 1) };
}
