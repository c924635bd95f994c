import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createBlobRunFiles } from "../../shared/clients/storage/blob-run-files.ts";
import type { RunFiles } from "../../shared/ports/run-files.ts";
import { ask } from "../support/ask.ts";
import { type Azurite, startAzurite } from "../support/azurite.ts";
import { FakeRunFiles } from "../support/fakes/fake-run-files.ts";
import { describeRunFiles, inTenMinutes } from "./run-files.contract.ts";

const MINUTE_MS = 60_000;

let azurite: Azurite;

beforeAll(async () => {
  azurite = await startAzurite();
});

afterAll(async () => {
  await azurite.stop();
});

describeRunFiles("fake", async () => ({
  files: new FakeRunFiles(),
  download: async (url) => (await fetch(url)).bytes(),
}));

describeRunFiles("Azurite", async () => ({
  files: createBlobRunFiles(azurite),
  download: async (url) => (await ask("GET", url, azurite.tls.ca)).body,
}));

describe("a URL of a run's file", () => {
  const secret = { run: "shared-1", name: "manifest.json" };
  const shared = { run: "shared-1", name: "two words ä.jsonl" };
  let files: RunFiles;

  beforeAll(async () => {
    files = createBlobRunFiles(azurite);
    await files.put(secret, Buffer.from("secret"));
    await files.put(shared, Buffer.from("shared"));
  });

  test("reads that file, without a token", async () => {
    const url = await files.readUrl(shared, inTenMinutes());

    expect(await ask("GET", url, azurite.tls.ca)).toEqual({
      status: 200,
      body: Buffer.from("shared"),
    });
  });

  test("reads no other file", async () => {
    const url = new URL(await files.readUrl(shared, inTenMinutes()));
    url.pathname = new URL(await files.readUrl(secret, inTenMinutes())).pathname;

    expect(await ask("GET", url.href, azurite.tls.ca)).toMatchObject({ status: 403 });
  });

  test("does not write or delete", async () => {
    const url = await files.readUrl(shared, inTenMinutes());

    expect(await ask("PUT", url, azurite.tls.ca)).toMatchObject({ status: 403 });
    expect(await ask("DELETE", url, azurite.tls.ca)).toMatchObject({ status: 403 });
    expect(await files.readText(shared)).toBe("shared");
  });

  test("ends when it was said to end", async () => {
    const url = await files.readUrl(shared, new Date(Date.now() - MINUTE_MS));

    expect(await ask("GET", url, azurite.tls.ca)).toMatchObject({ status: 403 });
  });

  test("is for HTTPS, for reading one blob, and begins before now", async () => {
    const { searchParams } = new URL(await files.readUrl(shared, inTenMinutes()));

    expect(Object.fromEntries(searchParams)).toMatchObject({ spr: "https", sp: "r", sr: "b" });
    const early = Date.now() - Date.parse(searchParams.get("st") ?? "");
    expect(Math.round(early / MINUTE_MS)).toBe(5);
  });

  test("outlives the day that a signing key is kept for, up to a week", async () => {
    const hour = 60 * MINUTE_MS;
    await files.readUrl(shared, new Date(Date.now() + hour));
    const url = await files.readUrl(shared, new Date(Date.now() + 6 * 24 * hour));

    expect(await ask("GET", url, azurite.tls.ca)).toMatchObject({ status: 200 });
    const tooLong = files.readUrl(shared, new Date(Date.now() + 8 * 24 * hour));
    await expect(tooLong).rejects.toMatchObject({ code: "INTERNAL" });
  });
});
