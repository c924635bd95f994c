export interface VersionPolicy {
  /** The version of this worker; none is the lowest there is. */
  readonly defaultVersion?: string | undefined;
  readonly versionMatchStrategy: "None" | "Strict" | "CurrentOrOlder";
  readonly versionFailureStrategy: "Reject" | "Fail";
}

/** `reject`: its messages stay where they are, for a worker of another version. */
export type VersionVerdict = "run" | "reject" | "fail";

/** What becomes of an instance's output when it fails for its version (TaskOrchestrationDispatcher.cs). */
export const VERSION_MISMATCH =
  "VersionMismatch: Orchestration version did not comply with Worker Versioning";

/** May this worker go on with an instance that was started with `version`? */
export function judgeVersion(version: string, policy: VersionPolicy): VersionVerdict {
  if (isMatch(version, policy)) return "run";
  return policy.versionFailureStrategy === "Fail" ? "fail" : "reject";
}

function isMatch(version: string, policy: VersionPolicy): boolean {
  const own = policy.defaultVersion ?? "";
  switch (policy.versionMatchStrategy) {
    case "None":
      return true;
    case "Strict":
      return version === own;
    case "CurrentOrOlder":
      return compareVersions(version, own) <= 0;
  }
}

/**
 * DurableTask.Core `VersioningSettings.CompareVersions`: no version comes before any; then as .NET's
 * `Version` if both are one; otherwise as text without case.
 *
 * @returns less than 0, 0 or more than 0, as `a` is older than, the same as or newer than `b`
 */
export function compareVersions(a: string, b: string): number {
  if (a.trim() === "" || b.trim() === "") return Number(a.trim() !== "") - Number(b.trim() !== "");
  const [first, second] = [parseVersion(a), parseVersion(b)];
  if (first && second) return compareParts(first, second);
  return compareText(a.toUpperCase(), b.toUpperCase());
}

/** Two to four numbers; "2" is none, and neither is "1.0-beta". */
const VERSION = /^\s*\d+\s*(?:\.\s*\d+\s*){1,3}$/;
const LONGEST_VERSION = 4;
const LARGEST_PART = 2 ** 31 - 1;

function parseVersion(text: string): readonly number[] | undefined {
  if (!VERSION.test(text)) return undefined;
  const parts = text.split(".").map(Number);
  return parts.every((part) => part <= LARGEST_PART) ? parts : undefined;
}

/** A part that is missing is less than 0: 1.0 comes before 1.0.0. */
function compareParts(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < LONGEST_VERSION; index += 1) {
    const difference = (a[index] ?? -1) - (b[index] ?? -1);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
