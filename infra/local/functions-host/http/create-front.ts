import type { Clock } from "../../program/clock/clock.ts";
import { HOST_VERSION } from "../app/core-api.ts";
import type { FunctionApp } from "../app/function-app.ts";
import type { Log } from "../log.ts";
import { AdminApi, type RunByHand } from "./admin-api.ts";
import { corsOf } from "./cors.ts";
import { Gate } from "./gate.ts";
import { HttpFront } from "./http-front.ts";
import type { HttpFunction } from "./http-functions.ts";
import type { HostKeys } from "./keys.ts";
import { bodyLimitOf } from "./limits.ts";
import { runsByHand } from "./run-by-hand.ts";
import type { Webhook } from "./webhook.ts";

export interface FrontParts {
  readonly app: FunctionApp;
  readonly clock: Clock;
  readonly httpFunctions: readonly HttpFunction[];
  /** The Durable extension's: for everybody with a key, and for the app's own worker. */
  readonly durable: Webhook;
  readonly webhooks: readonly Webhook[];
  readonly keys: HostKeys;
  readonly areKeysNeeded: boolean;
  readonly hostId: string;
  /** `http://127.0.0.1:7071` */
  readonly origin: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  /** By the function's id: what runs it by hand, where that takes more than a text. */
  readonly runs?: ReadonlyMap<string, RunByHand>;
}

/** @throws {UsageError} if the settings are not right */
export function createFront(parts: FrontParts): HttpFront {
  const { app, clock, httpFunctions, durable, webhooks, log } = parts;
  const gate = new Gate(parts);
  const admin = new AdminApi({
    hostId: parts.hostId,
    hostVersion: HOST_VERSION,
    functions: app.functions.all,
    httpFunctions,
    runs: new Map([...runsByHand(app), ...(parts.runs ?? [])]),
    gate,
    log,
  });
  return new HttpFront({
    app,
    clock,
    functions: httpFunctions,
    webhooks: [durable, ...webhooks],
    ownWebhook: durable,
    admin,
    gate,
    cors: corsOf(parts.env),
    log,
    bodyLimit: bodyLimitOf(parts.env),
    ownHost: new URL(parts.origin).host,
  });
}
