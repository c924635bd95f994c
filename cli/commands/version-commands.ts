import { type VersionView, routes } from "../../shared/contracts/http-api.ts";
import { facts, table } from "../output.ts";
import type { CommandContext } from "./command-context.ts";

/** Enough to tell versions apart; `version` and `--json` say it whole. */
const SHORT_DIGEST = "sha256:0123456789ab".length;

/** `versions <pipeline>` */
export async function listVersions(
  context: CommandContext,
  { pipeline }: { pipeline: string },
): Promise<void> {
  const { api, output } = context;
  const list = await api.call(routes.listVersions, { params: { pipeline } });
  const rows = list.versions.map((version) => [
    `v${version.version}`,
    statusOf(version),
    version.digest.slice(0, SHORT_DIGEST),
    version.lineage.run,
    `${version.lineage.rows}`,
    version.createdAt,
  ]);
  const head = ["VERSION", "STATUS", "DIGEST", "RUN", "ROWS", "MADE"];
  output.result(list, rows.length > 0 ? table(head, rows) : `${pipeline} has no version yet.`);
  if (!output.json) await noteDrift(context, pipeline);
}

/** The list says what was released last; the cluster may say something else. Out of reach, it says nothing. */
async function noteDrift({ api, output }: CommandContext, pipeline: string): Promise<void> {
  const call = { params: { pipeline } };
  const serving = await api.find(routes.getServing, call).catch(() => undefined);
  if (serving?.drift !== undefined) output.note(`Drift: ${serving.drift}`);
}

/** `version <pipeline> <n>`: what made it, down to the blobs. */
export async function showVersion(
  { api, output }: CommandContext,
  { pipeline, version: wanted }: { pipeline: string; version: string },
): Promise<void> {
  const version = await api.call(routes.getVersion, { params: { pipeline, version: wanted } });
  const { lineage } = version;
  const text = facts([
    ["version", `${version.pipeline} v${version.version}`],
    ["status", statusOf(version)],
    ["quarantine", version.quarantine?.reason],
    ["image", version.image],
    ["content", `sha256 ${version.contentHash}`],
    ["rank", String(version.rank)],
    ["size", `${version.sizeBytes} bytes`],
    ["made", `${version.createdAt} by run ${lineage.run} (generation ${lineage.generation})`],
    ["of", `${lineage.model}, ${lineage.method}, ${lineage.instanceType}`],
    ["settings", `sha256 ${lineage.trainingConfigSha256}`],
    ["data", `${lineage.rows} rows, sha256 ${lineage.datasetSha256}`],
    ["manifest", `sha256 ${lineage.manifestSha256}`],
  ]);
  const blobs = lineage.blobs.map(({ container, name, etag, rows, sha256 }) => [
    `${container}/${name}`,
    String(rows),
    etag,
    sha256,
  ]);
  output.result(version, `${text}\n\n${table(["BLOB", "ROWS", "ETAG", "SHA256"], blobs)}`);
}

function statusOf({ serving, quarantine, state }: VersionView): string {
  if (quarantine) return "quarantined";
  return serving ? "serving" : state;
}
