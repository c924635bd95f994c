import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

import { until } from "./until.ts";

const AZURITE = path.resolve(
  import.meta.dirname,
  "../../../../node_modules/azurite/dist/src/azurite.js",
);

/** The account that every Azurite has, with the key that its documentation prints. */
const ACCOUNT = "devstoreaccount1";
const KEY =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

export interface Azurite {
  readonly blobServiceUrl: string;
  readonly queueServiceUrl: string;
  readonly connectionString: string;
  stop(): Promise<void>;
}

/** Any port; Azurite does not read `--option=value`. */
function portOption(service: string): string[] {
  return [`--${service}Port`, "0"];
}

/**
 * Starts a real Azurite that keeps everything in memory.
 *
 * @param args such as its options for TLS and tokens
 */
export async function startAzurite(args: readonly string[] = []): Promise<Azurite> {
  const child = spawn(
    process.execPath,
    [
      AZURITE,
      "--inMemoryPersistence",
      "--skipApiVersionCheck",
      "--disableTelemetry",
      ...portOption("blob"),
      ...portOption("queue"),
      ...portOption("table"),
      ...args,
    ],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  };
  const [blobUrl, queueUrl] = await until("Azurite listens", () => {
    if (child.exitCode !== null) throw new Error(`Azurite has ended: ${output}`);
    const blob = /Blob service is successfully listening at (\S+)/.exec(output)?.[1];
    const queue = /Queue service is successfully listening at (\S+)/.exec(output)?.[1];
    return blob !== undefined && queue !== undefined && ([blob, queue] as const);
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const blobServiceUrl = `${blobUrl}/${ACCOUNT}`;
  const queueServiceUrl = `${queueUrl}/${ACCOUNT}`;
  return {
    blobServiceUrl,
    queueServiceUrl,
    connectionString:
      `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};` +
      `BlobEndpoint=${blobServiceUrl};QueueEndpoint=${queueServiceUrl};`,
    stop,
  };
}
