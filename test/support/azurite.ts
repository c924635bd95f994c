import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

import type { TokenCredential } from "@azure/core-auth";

import { ensureCertificates } from "../../infra/local/certificates/certificates.ts";

const ACCOUNT = "devstoreaccount1";
const SERVICES = ["Blob", "Queue", "Table"] as const;
const HOUR_S = 3_600;

const ENTRY = createRequire(import.meta.url).resolve("azurite/dist/src/azurite.js");
const OPTIONS = [
  "--inMemoryPersistence",
  "--skipApiVersionCheck",
  "--disableTelemetry",
  "--silent",
  "--oauth",
  "basic",
];

export interface Azurite {
  readonly blobServiceUrl: string;
  readonly queueServiceUrl: string;
  readonly tableServiceUrl: string;
  readonly credential: TokenCredential;
  /** The authority that signed Azurite's certificate. */
  readonly tls: { readonly ca: string };
  /** The newest SAS version that Azurite 3.35 knows. */
  readonly sasVersion: string;
  stop(): Promise<void>;
}

/** Starts Azurite itself, empty, over TLS and with tokens, on ports that are free. */
export async function startAzurite(): Promise<Azurite> {
  const directory = await mkdtemp(path.join(tmpdir(), "azurite-"));
  const ports = SERVICES.flatMap((service) => [`--${service.toLowerCase()}Port`, "0"]);
  const options = [...OPTIONS, ...ports];
  const { caFile, certFile, keyFile } = await ensureCertificates(directory);
  const child = spawn(process.execPath, [ENTRY, ...options, "--cert", certFile, "--key", keyFile], {
    cwd: directory,
    stdio: ["ignore", "pipe", "inherit"],
  });
  // A worker that is stopped early must not leave it behind.
  const kill = (): boolean => child.kill("SIGKILL");
  process.once("exit", kill);

  const addresses = await listening(child);
  const url = (service: (typeof SERVICES)[number]): string =>
    `${addresses.get(service)}/${ACCOUNT}`;
  return {
    blobServiceUrl: url("Blob"),
    queueServiceUrl: url("Queue"),
    tableServiceUrl: url("Table"),
    credential: unsignedTokens(),
    tls: { ca: await readFile(caFile, "utf8") },
    sasVersion: "2026-02-06",
    async stop() {
      process.off("exit", kill);
      const ended = once(child, "exit");
      if (kill()) await ended;
      await rm(directory, { recursive: true });
    },
  };
}

/** A token of the right form and for the right audience: Azurite checks that, and no signature. */
export function unsignedTokens(audience = "https://storage.azure.com"): TokenCredential {
  return {
    async getToken() {
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        aud: audience,
        iss: "https://sts.windows.net/00000000-0000-0000-0000-000000000000/",
        iat: now,
        nbf: now - 60,
        exp: now + HOUR_S,
        oid: "11111111-1111-1111-1111-111111111111",
        tid: "00000000-0000-0000-0000-000000000000",
      };
      const token = [{ alg: "none", typ: "JWT" }, claims].map(encode).concat("").join(".");
      return { token, expiresOnTimestamp: claims.exp * 1000 };
    },
  };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

async function listening(child: ChildProcess): Promise<ReadonlyMap<string, string>> {
  if (!child.stdout) throw new Error("Azurite has no standard output");
  const addresses = new Map<string, string>();
  for await (const line of createInterface({ input: child.stdout })) {
    const [, service, address] =
      /^Azurite (\w+) service is successfully listening at (\S+)/.exec(line) ?? [];
    if (service !== undefined && address !== undefined) addresses.set(service, address);
    if (addresses.size === SERVICES.length) break;
  }
  if (addresses.size < SERVICES.length) throw new Error("Azurite ended before it listened");
  child.stdout.resume();
  return addresses;
}
