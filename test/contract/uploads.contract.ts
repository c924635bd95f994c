import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { Uploads } from "../../shared/ports/uploads.ts";

export interface UploadsSubject {
  readonly uploads: Uploads;
  teardown?(): Promise<void>;
}

/** What every implementation of `Uploads` must do. */
export function describeUploads(name: string, setup: () => Promise<UploadsSubject>): void {
  describe(`Uploads: ${name}`, () => {
    let subject: UploadsSubject;

    beforeAll(async () => {
      subject = await setup();
    });

    afterAll(async () => {
      await subject.teardown?.();
    });

    test("a URL names the blob, may create and write it, and ends", async () => {
      const expiresAt = new Date(Date.now() + 600_000);

      const url = new URL(
        await subject.uploads.writeUrl("datasets", "support/two words ä.jsonl", expiresAt),
      );

      expect(url.protocol).toBe("https:");
      expect(decodeURIComponent(url.pathname)).toMatch(/\/datasets\/support\/two words ä\.jsonl$/);
      expect(url.searchParams.get("sp")).toBe("cw");
      const until = Date.parse(url.searchParams.get("se") ?? "");
      expect(Math.abs(until - expiresAt.getTime())).toBeLessThan(1_000);
    });

    test.each([
      "support/../../rollforward/runs/support-1/train.jsonl",
      "support/../other/a.jsonl",
      "support\\..\\..\\rollforward\\a.jsonl",
      "..",
    ])("no URL leads out of the place it was asked for: %s", async (blob) => {
      const signing = subject.uploads.writeUrl("datasets", blob, new Date(Date.now() + 60_000));

      await expect(signing).rejects.toMatchObject({ code: "UNSUPPORTED" });
    });
  });
}
