import { parse } from "yaml";
import { z } from "zod";

/** Faults without a setting of their own. */
const PLAIN_FAULTS = [
  "node-never",
  "node-lost",
  "image-pull-fails",
  "download-fails",
  "trainer-out-of-memory",
  "trainer-hangs",
  "push-refused",
  "pod-evicted-once",
  "adapter-missing-file",
  "adapter-truncated-layer",
  "serving-crash-loops",
  "serving-never-ready",
] as const;

/** 30 days: under virtual time that takes no longer than an hour. */
const LONGEST_TRAINING_SECONDS = 30 * 86_400;

const Condition = {
  /** Glob over the Workspace's name. */
  workspace: z.string().min(1),
  /** Glob over the adapters' images of an inference pod; the rule holds if any of them matches. */
  image: z.string().min(1).optional(),
};

/** What goes wrong, and for which Workspaces: one entry of the rules in the cluster. */
export const FaultRule = z.discriminatedUnion("fault", [
  z.strictObject({ ...Condition, fault: z.enum(PLAIN_FAULTS) }),
  z.strictObject({
    ...Condition,
    fault: z.literal("trainer-exits"),
    exitCode: z.int().min(1).max(255).default(1),
  }),
  z.strictObject({
    ...Condition,
    fault: z.literal("training-takes"),
    seconds: z.number().min(0).max(LONGEST_TRAINING_SECONDS),
  }),
  z.strictObject({
    ...Condition,
    fault: z.literal("adapter-wrong-rank"),
    rank: z.int().min(1).max(1024).default(64),
  }),
]);
export type FaultRule = z.infer<typeof FaultRule>;

/** @throws {Error} if the text is not a list of rules, saying which entry is wrong and how */
export function parseFaultRules(text: string): readonly FaultRule[] {
  const parsed = z.array(FaultRule).nullable().safeParse(parse(text));
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  return parsed.data ?? [];
}

/** The first rule that holds for this Workspace and these adapter images. */
export function findFault(
  rules: readonly FaultRule[],
  workspace: string,
  images: readonly string[] = [],
): FaultRule | undefined {
  return rules.find(
    (rule) =>
      matchesGlob(rule.workspace, workspace) &&
      (rule.image === undefined || images.some((image) => matchesGlob(rule.image ?? "", image))),
  );
}

/** `*` is any text, slashes included (image names have them), `?` is one character. */
export function matchesGlob(glob: string, text: string): boolean {
  const pattern = glob
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${pattern}$`, "s").test(text);
}
