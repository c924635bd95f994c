import { z } from "zod";

import { LABELS } from "../../domain/names.ts";
import type { ServingObservation } from "../../domain/observation.ts";
import { Meta, type KubeObjects } from "./kube-objects.ts";
import { Conditions } from "./observe-conditions.ts";
import { observePods } from "./observe-pod.ts";

const HASH = "workspace.kaito.io/hash";
const REVISION = "workspace.kaito.io/revision";

const Annotated = z.object({
  metadata: z.object({
    ...Meta.shape.metadata.shape,
    annotations: z.record(z.string(), z.string()).default({}),
    generation: z.number().int().default(0),
  }),
});

const Workspace = z.object({
  ...Annotated.shape,
  resource: z.object({ instanceType: z.string().optional() }).prefault({}),
  inference: z
    .object({
      preset: z.object({ name: z.string().optional() }).prefault({}),
      adapters: z
        .array(
          z.object({
            source: z
              .object({ name: z.string().default(""), image: z.string().default("") })
              .prefault({}),
          }),
        )
        .default([]),
    })
    .prefault({}),
  status: z.object({ conditions: Conditions, state: z.string().optional() }).prefault({}),
});

const InitContainer = z.object({
  name: z.string(),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
});

const StatefulSet = z.object({
  ...Annotated.shape,
  spec: z.object({
    replicas: z.number().int().default(1),
    template: z.object({
      spec: z.object({ initContainers: z.array(InitContainer).default([]) }).prefault({}),
    }),
  }),
  status: z
    .object({
      observedGeneration: z.number().int().default(0),
      readyReplicas: z.number().int().default(0),
      updatedReplicas: z.number().int().default(0),
      currentRevision: z.string().optional(),
      updateRevision: z.string().optional(),
    })
    .prefault({}),
});

const Service = z.object({
  ...Meta.shape,
  spec: z.object({ selector: z.record(z.string(), z.string()).default({}) }).prefault({}),
});

export async function observeServing(
  objects: KubeObjects,
  name: string,
  serviceName: string,
): Promise<ServingObservation> {
  const [workspace, statefulSet, pods, service] = await Promise.all([
    objects.find("Workspace", name, Workspace),
    objects.find("StatefulSet", name, StatefulSet),
    observePods(objects, name),
    objects.find("Service", serviceName, Service),
  ]);
  return {
    ...(workspace && { workspace: toWorkspace(workspace) }),
    ...(statefulSet && { statefulSet: toStatefulSet(statefulSet) }),
    pods,
    ...(service && {
      service: {
        resourceVersion: service.metadata.resourceVersion,
        selects: service.spec.selector["kaito.sh/workspace"],
      },
    }),
  };
}

function toWorkspace({
  metadata,
  resource,
  inference,
  status,
}: z.infer<typeof Workspace>): ServingObservation["workspace"] {
  return {
    resourceVersion: metadata.resourceVersion,
    hash: metadata.annotations[HASH],
    revision: metadata.annotations[REVISION],
    ownedBy: metadata.labels[LABELS.pipeline],
    instanceType: resource.instanceType,
    preset: inference.preset.name,
    adapters: inference.adapters.map(({ source: { name, image } }) => ({ name, image })),
    conditions: status.conditions,
    state: status.state,
  };
}

function toStatefulSet({
  metadata,
  spec,
  status,
}: z.infer<typeof StatefulSet>): ServingObservation["statefulSet"] {
  return {
    revision: metadata.annotations[REVISION],
    generation: metadata.generation,
    ...status,
    replicas: spec.replicas,
    pulls: spec.template.spec.initContainers.flatMap(imagesOf),
  };
}

/** A puller's script names its image: kaito: pkg/workspace/image/puller.sh. */
function imagesOf({ name, command, args }: z.infer<typeof InitContainer>): string[] {
  if (!name.startsWith("puller-")) return [];
  return [...command, ...args].flatMap((text) => /\bIMG_REF='([^']+)'/.exec(text)?.[1] ?? []);
}
