import { createServer } from "node:net";

import { RestError } from "@azure/core-rest-pipeline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createBlobDatasets } from "../../shared/clients/storage/blob-datasets.ts";
import { createBlobRunFiles } from "../../shared/clients/storage/blob-run-files.ts";
import { storageError } from "../../shared/clients/storage/storage-errors.ts";
import { createTableRuns } from "../../shared/clients/storage/table-runs.ts";
import { createTableVersions } from "../../shared/clients/storage/table-versions.ts";
import { Table } from "../../shared/clients/storage/table.ts";
import { PermanentError, TransientError } from "../../shared/errors.ts";
import { listen } from "../../infra/local/program/listen.ts";
import { type Azurite, startAzurite, unsignedTokens } from "../support/azurite.ts";
import { claim } from "./versions.contract.ts";

describe("an error of a storage service", () => {
  test.each`
    statusCode   | code                                 | expected
    ${401}       | ${"InvalidAuthenticationInfo"}       | ${"PERMISSION_DENIED"}
    ${403}       | ${"AuthorizationPermissionMismatch"} | ${"PERMISSION_DENIED"}
    ${400}       | ${"InvalidInput"}                    | ${"INTERNAL"}
    ${413}       | ${"RequestBodyTooLarge"}             | ${"INTERNAL"}
    ${404}       | ${"ContainerNotFound"}               | ${"STORAGE_UNAVAILABLE"}
    ${409}       | ${"ContainerBeingDeleted"}           | ${"STORAGE_UNAVAILABLE"}
    ${429}       | ${"TooManyRequests"}                 | ${"STORAGE_UNAVAILABLE"}
    ${500}       | ${"InternalError"}                   | ${"STORAGE_UNAVAILABLE"}
    ${503}       | ${"ServerBusy"}                      | ${"STORAGE_UNAVAILABLE"}
    ${undefined} | ${"ECONNRESET"}                      | ${"STORAGE_UNAVAILABLE"}
  `("$statusCode $code is $expected", ({ statusCode, code, expected }) => {
    const cause = new RestError("as the service said it", { statusCode, code });

    const error = storageError("Reading a.jsonl", cause);

    expect(error).toMatchObject({ code: expected, cause });
    expect(error.message).toContain("Reading a.jsonl");
  });

  test("keeps a signature out of the message", () => {
    const error = storageError(
      "Reading a.jsonl",
      new RestError("GET https://x.example/rollforward/a?sv=1&sig=SECRET failed"),
    );

    expect(error.message).not.toContain("SECRET");
    expect(error.message).toContain("https://x.example/rollforward/a");
  });

  test("that is ours already stays as it is", () => {
    const ours = new PermanentError("DATASET_CHANGED", "it has changed");

    expect(storageError("Reading", ours)).toBe(ours);
  });
});

describe("storage clients", () => {
  let azurite: Azurite;

  beforeAll(async () => {
    azurite = await startAzurite();
  });

  afterAll(async () => {
    await azurite.stop();
  });

  test("say PERMISSION_DENIED when the identity may not", async () => {
    const stranger = { ...azurite, credential: unsignedTokens("https://vault.azure.net") };

    const denied = { code: "PERMISSION_DENIED" };
    await expect(createTableRuns(stranger).find("support-1")).rejects.toMatchObject(denied);
    await expect(createTableRuns(stranger).active()).rejects.toMatchObject(denied);
    await expect(createBlobDatasets(stranger).list("datasets", "")).rejects.toMatchObject(denied);
    await expect(
      createBlobRunFiles(stranger).put({ run: "support-1", name: "a" }, Buffer.from("a")),
    ).rejects.toMatchObject(denied);
  });

  test("say STORAGE_UNAVAILABLE when nobody answers", async () => {
    const url = `https://127.0.0.1:${await closedPort()}/devstoreaccount1`;
    const gone = { ...azurite, blobServiceUrl: url, tableServiceUrl: url };
    const files = createBlobRunFiles(gone);

    const calls = [
      createTableRuns(gone).find("support-1"),
      createBlobDatasets(gone).find("datasets", "a.jsonl"),
      files.putOnce({ run: "support-1", name: "a" }, Buffer.from("a")),
      files.readUrl({ run: "support-1", name: "a" }, new Date()),
    ];

    for (const call of await Promise.allSettled(calls)) {
      expect(call).toMatchObject({ status: "rejected", reason: expect.any(TransientError) });
      expect(call).toMatchObject({ reason: { code: "STORAGE_UNAVAILABLE" } });
    }
  });

  test("trust no certificate that they were not told to trust", async () => {
    const { tls: _, ...untold } = azurite;

    await expect(createTableRuns(untold).find("support-1")).rejects.toThrow(
      /STORAGE_UNAVAILABLE: .*certificate/,
    );
  });

  test("refuse a row that is too long instead of cutting it", async () => {
    const long = claim("too-long", "a");
    const requests = Array.from({ length: 50_000 }, (_, index) => `request ${index}`);

    const claiming = createTableVersions(azurite).claim({
      ...long,
      lineage: { ...long.lineage, requests },
    });

    await expect(claiming).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringContaining("Version 1 of too-long"),
    });
  });

  test("say which row is not as they wrote it", async () => {
    const runs = createTableRuns(azurite);
    await new Table(azurite, "runs").write({
      key: { partition: "foreign", row: "9007199254740990" },
      columns: { id: "foreign-1", phase: "Dancing" },
    });

    await expect(runs.find("foreign-1")).rejects.toMatchObject({
      code: "INTERNAL",
      message: expect.stringMatching(/foreign.*phase/s),
    });
  });

  test("many first writers at once create the table", async () => {
    const tables = Array.from({ length: 8 }, () => new Table(azurite, "contested"));

    const written = await Promise.all(
      tables.map(async (table, row) =>
        table.write({ key: { partition: "p", row: String(row) }, columns: {} }),
      ),
    );

    expect(written).toEqual(tables.map(() => true));
  });
});

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, { host: "127.0.0.1", port: 0, option: "" });
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}
