import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";

import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import {
  type Certificates,
  ensureCertificates,
} from "../../../infra/local/certificates/certificates.ts";
import { serveClock } from "../../../infra/local/program/clock/clock-server.ts";
import { VirtualClock } from "../../../infra/local/program/clock/virtual-clock.ts";
import { ACCOUNT, type Azurite, startAzurite } from "../../../infra/local/stack/azurite.ts";

const STOP_LIMIT_MS = 5000;
const HOUR_MS = 3_600_000;
/** Of every Azurite: https://learn.microsoft.com/azure/storage/common/storage-use-azurite */
const PUBLISHED_KEY =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

let directory: string;
let certificates: Certificates;
const said: string[] = [];

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "azurite-stop-"));
  certificates = await ensureCertificates(path.join(directory, "certificates"));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

function start(clockAddress?: string): Promise<Azurite> {
  return startAzurite({
    host: "127.0.0.1",
    ports: { blob: 0, queue: 0, table: 0 },
    location: path.join(directory, "data"),
    certificates,
    clockAddress,
    log: (message) => said.push(message),
  });
}

function get(url: string, agent: https.Agent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = https.get(url, { agent }, (answer) => {
      answer.resume().once("end", () => resolve(answer.statusCode));
    });
    outgoing.once("error", reject);
  });
}

describe("Azurite as a process of its own", () => {
  test("stops by itself, and soon, while clients keep their connections open", async () => {
    const azurite = await start();
    const agent = new https.Agent({ keepAlive: true, ca: readFileSync(certificates.caFile) });
    const urls = [azurite.blobServiceUrl, azurite.queueServiceUrl, azurite.tableServiceUrl];
    const answered = await Promise.all(urls.map((url) => get(url, agent)));
    const open = Object.values(agent.freeSockets).length;

    const before = performance.now();
    await azurite.stop();
    const took = performance.now() - before;
    agent.destroy();

    expect(answered.every((status) => status !== undefined)).toBe(true);
    expect(open).toBe(3);
    expect(took).toBeLessThan(STOP_LIMIT_MS);
    expect(await azurite.ended).toStrictEqual({ code: 0, signal: null });
    expect(said).toStrictEqual([]);
  });

  test("lives in the time of a clock", async () => {
    const clock = new VirtualClock(Date.parse("2031-05-01T00:00:00Z"));
    const shared = await serveClock(clock, { log: (message) => said.push(message) });
    const azurite = await start(shared.address);
    const tls = {
      retryOptions: { maxTries: 1 },
      tlsOptions: { ca: readFileSync(certificates.caFile, "utf8") },
    };
    const signed = new StorageSharedKeyCredential(ACCOUNT, PUBLISHED_KEY);
    const blobs = new BlobServiceClient(azurite.blobServiceUrl, signed, tls);

    await clock.advance(72 * HOUR_MS);
    const { lastModified } = await blobs.getContainerClient("dated").create();
    await azurite.stop();
    clock.stop();
    await shared.close();

    expect(lastModified).toStrictEqual(new Date("2031-05-04T00:00:00Z"));
    expect(said).toStrictEqual([]);
  });

  test("says how it ended when somebody kills it", async () => {
    const azurite = await start();

    process.kill(azurite.pid ?? 0, "SIGKILL");

    expect(await azurite.ended).toStrictEqual({ code: null, signal: "SIGKILL" });
    await azurite.stop();
  });
});
