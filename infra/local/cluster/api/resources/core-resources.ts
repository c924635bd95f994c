import { Node } from "../../objects/node.ts";
import { Pod } from "../../objects/pod.ts";
import { Service } from "../../objects/service.ts";
import { AGE_COLUMN, cellAt, column, NAME_COLUMN } from "../table/columns.ts";
import { EVENT_COLUMNS } from "../table/event-columns.ts";
import { NODE_COLUMNS } from "../table/node-columns.ts";
import { POD_COLUMNS } from "../table/pod-columns.ts";
import { SERVICE_COLUMNS } from "../table/service-columns.ts";
import {
  withNamespaceDefaults,
  withPodDefaults,
  withSecretDefaults,
  withServiceDefaults,
} from "./defaults.ts";
import { defineResource } from "./define.ts";

const CORE = { group: "", version: "v1" } as const;

export const NAMESPACES = defineResource({
  ...CORE,
  plural: "namespaces",
  kind: "Namespace",
  namespaced: false,
  shortNames: ["ns"],
  subresources: ["status", "finalize"],
  selectableFields: ["status.phase"],
  prepare: withNamespaceDefaults,
  columns: [NAME_COLUMN, column("Status", cellAt("status", "phase")), AGE_COLUMN],
});

export const PODS = defineResource({
  ...CORE,
  plural: "pods",
  kind: "Pod",
  shortNames: ["po"],
  categories: ["all"],
  subresources: ["status", "log", "proxy"],
  hasGeneration: true,
  graceful: true,
  check: Pod,
  prepare: withPodDefaults,
  selectableFields: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "status.phase",
    "status.podIP",
  ],
  columns: POD_COLUMNS,
});

export const SERVICES = defineResource({
  ...CORE,
  plural: "services",
  kind: "Service",
  shortNames: ["svc"],
  categories: ["all"],
  subresources: ["status", "proxy"],
  check: Service,
  prepare: withServiceDefaults,
  selectableFields: ["spec.clusterIP", "spec.type"],
  columns: SERVICE_COLUMNS,
});

export const ENDPOINTS = defineResource({
  ...CORE,
  plural: "endpoints",
  kind: "Endpoints",
  singular: "endpoints",
  shortNames: ["ep"],
});

export const CONFIG_MAPS = defineResource({
  ...CORE,
  plural: "configmaps",
  kind: "ConfigMap",
  shortNames: ["cm"],
  columns: [
    NAME_COLUMN,
    column("Data", ({ data }) => Object.keys(Object(data)).length),
    AGE_COLUMN,
  ],
});

export const SECRETS = defineResource({
  ...CORE,
  plural: "secrets",
  kind: "Secret",
  selectableFields: ["type"],
  prepare: withSecretDefaults,
  columns: [
    NAME_COLUMN,
    column("Type", cellAt("type")),
    column("Data", ({ data }) => Object.keys(Object(data)).length),
    AGE_COLUMN,
  ],
});

export const EVENTS = defineResource({
  ...CORE,
  plural: "events",
  kind: "Event",
  shortNames: ["ev"],
  selectableFields: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  columns: EVENT_COLUMNS,
});

export const NODES = defineResource({
  ...CORE,
  plural: "nodes",
  kind: "Node",
  namespaced: false,
  shortNames: ["no"],
  subresources: ["status"],
  check: Node,
  selectableFields: ["spec.unschedulable"],
  columns: NODE_COLUMNS,
});

export const SERVICE_ACCOUNTS = defineResource({
  ...CORE,
  plural: "serviceaccounts",
  kind: "ServiceAccount",
  shortNames: ["sa"],
});
