import { isDeepStrictEqual } from "node:util";

import { z } from "zod";

import type { SeenEvent } from "./watch.ts";

const Conditions = z
  .array(z.object({ type: z.string(), status: z.string(), reason: z.string().default("") }))
  .default([]);

const SHOWN = ["ResourceReady", "JobStarted", "InferenceReady", "WorkspaceSucceeded"];

const WorkspaceStatus = z.object({ state: z.string().optional(), conditions: Conditions });

/** What a Workspace said, one entry for each change, in the form of the recordings. */
export function workspaceOrder(events: readonly SeenEvent[]): object[] {
  return ordered(events, ({ status }) => {
    const { state, conditions } = WorkspaceStatus.parse(status ?? {});
    if (state === undefined) return undefined;
    const shown = SHOWN.flatMap((type) => {
      const found = conditions.find((each) => each.type === type);
      return found ? [[type, `${found.status}/${found.reason}`]] : [];
    });
    return { state, ...Object.fromEntries(shown) };
  });
}

const JobStatus = z.object({
  active: z.number().optional(),
  succeeded: z.number().optional(),
  failed: z.number().optional(),
  uncountedTerminatedPods: z
    .object({ succeeded: z.array(z.string()), failed: z.array(z.string()) })
    .partial()
    .default({}),
  conditions: Conditions,
});

export function jobOrder(events: readonly SeenEvent[]): object[] {
  return ordered(events, ({ status }) => {
    const { active, succeeded, failed, conditions, ...rest } = JobStatus.parse(status ?? {});
    const waiting = rest.uncountedTerminatedPods;
    const uncounted = [...(waiting.succeeded ?? []), ...(waiting.failed ?? [])].length > 0;
    return {
      ...(active && { active }),
      ...(succeeded && { succeeded }),
      ...(failed && { failed }),
      ...(uncounted && { uncounted }),
      ...(conditions.length > 0 && {
        conditions: conditions.map(({ type, reason }) => `${type}=${reason}`),
      }),
    };
  });
}

const SetStatus = z.object({
  observedGeneration: z.number().optional(),
  replicas: z.number().default(0),
  readyReplicas: z.number().default(0),
  updatedReplicas: z.number().default(0),
  currentRevision: z.string().optional(),
  updateRevision: z.string().optional(),
});

export function statefulSetOrder(events: readonly SeenEvent[]): object[] {
  return ordered(events, ({ metadata, status }) => {
    const seen = SetStatus.parse(status ?? {});
    return {
      revision: metadata.annotations["workspace.kaito.io/revision"],
      generationSeen: seen.observedGeneration === metadata.generation,
      replicas: seen.replicas,
      ready: seen.readyReplicas,
      updated: seen.updatedReplicas,
      complete: seen.currentRevision === seen.updateRevision,
    };
  });
}

export function revisionOrder(events: readonly SeenEvent[]): string[] {
  return ordered(events, ({ metadata }) => metadata.annotations["workspace.kaito.io/revision"]);
}

function ordered<Shown>(
  events: readonly SeenEvent[],
  show: (object: SeenEvent["object"]) => Shown | undefined,
): Shown[] {
  const all = events
    .filter(({ type, object }) => type !== "DELETED" && !object.metadata.deletionTimestamp)
    .flatMap(({ object }) => show(object) ?? []);
  return all.filter((each, index) => !isDeepStrictEqual(each, all[index - 1]));
}
