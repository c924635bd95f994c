import { Job, StatefulSet } from "../../objects/workloads.ts";
import { AGE_COLUMN, cellAt, column, NAME_COLUMN } from "../table/columns.ts";
import { JOB_COLUMNS, STATEFUL_SET_COLUMNS } from "../table/workload-columns.ts";
import { withJobDefaults, withStatefulSetDefaults } from "./defaults.ts";
import { defineResource } from "./define.ts";
import { jobProblems, statefulSetProblems } from "./immutable.ts";

export const STATEFUL_SETS = defineResource({
  group: "apps",
  version: "v1",
  plural: "statefulsets",
  kind: "StatefulSet",
  shortNames: ["sts"],
  categories: ["all"],
  subresources: ["status"],
  hasGeneration: true,
  check: StatefulSet,
  prepare: withStatefulSetDefaults,
  validate: statefulSetProblems,
  columns: STATEFUL_SET_COLUMNS,
});

export const CONTROLLER_REVISIONS = defineResource({
  group: "apps",
  version: "v1",
  plural: "controllerrevisions",
  kind: "ControllerRevision",
  columns: [
    NAME_COLUMN,
    column("Controller", ({ metadata }) => {
      const owner = metadata.ownerReferences?.find(({ controller }) => controller);
      return owner ? `${owner.kind.toLowerCase()}/${owner.name}` : "<none>";
    }),
    column("Revision", cellAt("revision")),
    AGE_COLUMN,
  ],
});

export const JOBS = defineResource({
  group: "batch",
  version: "v1",
  plural: "jobs",
  kind: "Job",
  categories: ["all"],
  subresources: ["status"],
  hasGeneration: true,
  selectableFields: ["status.successful"],
  check: Job,
  prepare: withJobDefaults,
  validate: jobProblems,
  columns: JOB_COLUMNS,
});

export const LEASES = defineResource({
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  columns: [NAME_COLUMN, column("Holder", cellAt("spec", "holderIdentity")), AGE_COLUMN],
});

export const ENDPOINT_SLICES = defineResource({
  group: "discovery.k8s.io",
  version: "v1",
  plural: "endpointslices",
  kind: "EndpointSlice",
});
