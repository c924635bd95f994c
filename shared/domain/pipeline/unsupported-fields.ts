/** A field of the document whose behaviour is not built yet. */
export interface UnsupportedField {
  /** Path of the map that holds it. */
  readonly parent: readonly string[];
  readonly key: string;
  /** Only these values are not built; without them the field as a whole is not. */
  readonly values?: readonly string[];
  /** What happens today. */
  readonly instead: string;
}

/**
 * Refused by name, never ignored, and kept out of the JSON Schema. The one place: whoever builds a behaviour
 * deletes its row.
 */
export const UNSUPPORTED_FIELDS: readonly UnsupportedField[] = [
  { parent: ["dataset"], key: "quietPeriod", instead: "each upload makes a run of its own" },
  { parent: ["dataset"], key: "maxWait", instead: "each upload makes a run of its own" },
  { parent: ["dataset"], key: "holdout", instead: "all rows are trained on" },
  { parent: ["dataset"], key: "url", instead: "drop the file in the container" },
  { parent: ["triggers"], key: "webhook", instead: "an upload or a person starts a run" },
  { parent: ["triggers"], key: "schedule", instead: "an upload or a person starts a run" },
  {
    parent: [],
    key: "overlap",
    values: ["allow", "forbid", "queueLatest", "replace"],
    instead: "queue: one run at a time, the others wait",
  },
  { parent: ["evaluation"], key: "gate", instead: "the answers are kept side by side for people" },
  { parent: [], key: "approval", instead: "a verified version goes live by itself" },
  {
    parent: ["serving"],
    key: "strategy",
    values: ["blueGreen", "canary", "rolling"],
    instead: "inPlace: the serving Workspace is changed and has a gap while it restarts",
  },
  { parent: [], key: "budget", instead: "tuning.deadline bounds what a run costs" },
  { parent: [], key: "notify", instead: "rollforward run <id> --watch" },
];

/** Values that a field will have one day, but not yet. */
export function withheldValues(path: readonly PropertyKey[] | undefined): readonly string[] {
  const name = path?.join(".");
  const found = UNSUPPORTED_FIELDS.find(({ parent, key }) => [...parent, key].join(".") === name);
  return found?.values ?? [];
}
