import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";

import type { BlockBlobClient } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { type Lab, startLab } from "./support/lab.ts";

const MAIN = path.resolve(import.meta.dirname, "../../../infra/local/event-grid/main.ts");
const MIB = 1024 * 1024;

let lab: Lab;

beforeAll(async () => {
  lab = await startLab();
});

afterAll(async () => {
  await lab.stop();
});

function spawnProgram(args: readonly string[], env: Readonly<Record<string, string>>) {
  return spawn(process.execPath, [MAIN, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
}

async function startProgram(): Promise<{ child: ChildProcess; blobServiceUrl: string }> {
  const { certificates, directory, identity } = lab;
  const child = spawnProgram(
    Object.entries({
      "--port": "0",
      "--queue": "events",
      "--blob-service": lab.azurite.blobServiceUrl,
      "--queue-service": lab.azurite.queueServiceUrl,
      "--certificates": path.dirname(certificates.caFile),
      "--journal": path.join(directory, "journal.db"),
    })
      .flat()
      .concat("--json"),
    {
      IDENTITY_ENDPOINT: identity.endpoint,
      IDENTITY_HEADER: identity.header,
      AZURE_CLIENT_ID: identity.clientId,
    },
  );
  // A test that fails half-way must not leave it behind.
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const [line] = z.tuple([z.instanceof(Buffer)]).parse(await once(child.stdout, "data"));
  const Ready = z.object({ blobServiceUrl: z.url() });
  return { child, ...Ready.parse(JSON.parse(line.toString())) };
}

/** The most memory that the process has ever used. */
function peakMiB(child: ChildProcess): number {
  const status = readFileSync(`/proc/${child.pid ?? 0}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

function* zeros(mebibytes: number): Generator<Buffer> {
  const block = Buffer.alloc(MIB);
  for (let count = 0; count < mebibytes; count += 1) yield block;
}

/** @returns how many bytes came back */
async function passThrough(blob: BlockBlobClient, mebibytes: number): Promise<number> {
  await blob.upload(() => Readable.from(zeros(mebibytes)), mebibytes * MIB);
  const { readableStreamBody } = await blob.download();
  let read = 0;
  for await (const chunk of readableStreamBody ?? []) read += chunk.length;
  return read;
}

describe("the program", () => {
  test.skipIf(!existsSync("/proc/self/status"))(
    "streams 100 MB up and down in bounded memory, raises one event, and stops cleanly",
    async () => {
      const { blobServiceUrl, child } = await startProgram();
      const container = lab.blobs(blobServiceUrl).getContainerClient("large");
      await container.create();
      const blob = container.getBlockBlobClient("large.jsonl");
      // How lazily the garbage is collected is settled by then.
      await passThrough(blob, 50);
      const before = peakMiB(child);

      const read = await passThrough(blob, 100);
      const grown = peakMiB(child) - before;
      child.kill("SIGTERM");
      const [code] = z.tuple([z.number(), z.null()]).parse(await once(child, "exit"));

      expect(read).toBe(100 * MIB);
      expect(grown).toBeLessThan(40);
      const events = await lab.events("events", 2);
      expect(events.at(-1)?.data.contentLength).toBe(100 * MIB);
      expect(code).toBe(0);
    },
  );

  test("says which settings it needs, with exit code 2", async () => {
    const child = spawnProgram(["--port", "0", "--certificates", lab.directory], {});

    const [said] = await Promise.all([text(child.stderr), once(child, "exit")]);

    expect(child.exitCode).toBe(2);
    expect(said).toContain("IDENTITY_ENDPOINT");
  });
});
