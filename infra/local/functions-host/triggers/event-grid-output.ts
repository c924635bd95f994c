import { z } from "zod";

import { UsageError } from "../../program/usage-error.ts";
import type { TypedData } from "../app/rpc.ts";
import type { MakeOutput } from "./bound-function.ts";
import { describeBinding, readBinding } from "./read-binding.ts";

/** Both are names of settings. */
const EventGridBinding = z.looseObject({
  topicEndpointUri: z.string({ error: "this host publishes with topicEndpointUri only" }),
  topicKeySetting: z.string({ error: "this host publishes with topicKeySetting only" }),
});

const CLOUD_EVENTS = "application/cloudevents-batch+json; charset=utf-8";
const EVENT_GRID_EVENTS = "application/json; charset=utf-8";

/** Publishes what a function gives, one event or an array of them, in one request. */
export const createEventGridOutput: MakeOutput = (named, { env }) => {
  const { topicEndpointUri, topicKeySetting } = readBinding(named, EventGridBinding, env);
  const setting = (name: string): string => {
    const value = env[name];
    if (value) return value;
    throw new UsageError(
      `${describeBinding(named)} needs the setting '${name}', which is missing. Set it in the environment or in local.settings.json.`,
    );
  };
  const endpoint = setting(topicEndpointUri);
  const key = setting(topicKeySetting);
  if (!URL.canParse(endpoint)) {
    throw new UsageError(`${describeBinding(named)}: the setting '${topicEndpointUri}' is no URL.`);
  }
  return () => async (value) => {
    const events = eventsOf(value);
    if (events.length === 0) return;
    const response = await fetch(endpoint, {
      method: "POST",
      headers: { "aeg-sas-key": key, "content-type": contentTypeOf(events) },
      body: JSON.stringify(events),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`Event Grid answered ${response.status} to the events.`);
  };
};

function eventsOf({ json, string }: TypedData): unknown[] {
  const value: unknown = JSON.parse(json ?? string ?? "null");
  if (Array.isArray(value)) return value;
  if (typeof value === "object" && value !== null) return [value];
  throw new Error("An event for Event Grid must be an object.");
}

function contentTypeOf([first]: readonly unknown[]): string {
  const isCloudEvent = typeof first === "object" && first !== null && "specversion" in first;
  return isCloudEvent ? CLOUD_EVENTS : EVENT_GRID_EVENTS;
}
