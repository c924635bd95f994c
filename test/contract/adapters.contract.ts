import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { Adapters } from "../../shared/ports/adapters.ts";
import { type AdapterImage, digestOf, makeAdapterImage, MODEL } from "../support/adapter-image.ts";

export interface AdaptersSubject {
  readonly adapters: Adapters;
  readonly host: string;
  /** As KAITO's pusher does; rejects if the registry refuses. */
  push(repository: string, tag: string, image: AdapterImage): Promise<void>;
  /** The documents of that type that are attached to the image. */
  documents(repository: string, digest: string, artifactType: string): Promise<string[]>;
  teardown?(): Promise<void>;
}

const LINEAGE = "application/vnd.example.lineage.v1+json";
const OTHER_TYPE = "application/vnd.example.other.v1+json";
const EXPECTED = { model: MODEL, rank: 8 };
const ABSENT = digestOf("nobody has pushed this");

/** What every implementation of `Adapters` must do. */
export function describeAdapters(name: string, setup: () => Promise<AdaptersSubject>): void {
  describe(`Adapters: ${name}`, () => {
    let subject: AdaptersSubject;
    let adapters: Adapters;

    beforeAll(async () => {
      subject = await setup();
      adapters = subject.adapters;
    });

    afterAll(async () => {
      await subject.teardown?.();
    });

    async function pushed(repository: string, tag = "support-1"): Promise<AdapterImage> {
      const image = await makeAdapterImage();
      await subject.push(repository, tag, image);
      return image;
    }

    describe("resolve()", () => {
      test("names the digest of a tag", async () => {
        const { facts } = await pushed("adapters/resolve");

        expect(await adapters.resolve("adapters/resolve", "support-1")).toBe(facts.digest);
      });

      test("knows no absent tag, and no absent repository", async () => {
        await pushed("adapters/resolve-absent");

        expect(await adapters.resolve("adapters/resolve-absent", "support-2")).toBeUndefined();
        expect(await adapters.resolve("adapters/never", "support-1")).toBeUndefined();
      });
    });

    describe("verify()", () => {
      test("says what is in the image", async () => {
        const { facts } = await pushed("adapters/verify");

        const found = await adapters.verify("adapters/verify", facts.digest, EXPECTED);

        expect(found).toEqual(facts);
      });

      test("gives the same files the same content hash in another image", async () => {
        const first = await makeAdapterImage();
        const weights = Buffer.from("another");
        const other = await makeAdapterImage({ weights });
        await subject.push("adapters/content", "first", first);
        await subject.push("adapters/content", "other", other);

        const found = await adapters.verify("adapters/content", first.facts.digest, EXPECTED);

        expect(found.contentHash).toBe(first.facts.contentHash);
        expect(found.contentHash).not.toBe(other.facts.contentHash);
      });

      test.each([
        { what: "model", expected: { model: "falcon-7b", rank: 8 } },
        { what: "rank", expected: { model: MODEL, rank: 16 } },
      ])("refuses another $what than was asked for", async ({ expected }) => {
        const { facts } = await pushed("adapters/unexpected");

        const verifying = adapters.verify("adapters/unexpected", facts.digest, expected);

        await expect(verifying).rejects.toMatchObject({
          code: "ADAPTER_INVALID",
          details: [expect.any(String)],
        });
      });

      test("refuses an image that is not there", async () => {
        const verifying = adapters.verify("adapters/verify-absent", ABSENT, EXPECTED);

        await expect(verifying).rejects.toMatchObject({
          code: "ADAPTER_INVALID",
          details: ["the registry has no such image"],
        });
      });
    });

    describe("publish()", () => {
      test("tags the image, once or twice", async () => {
        const { facts } = await pushed("adapters/publish");

        await adapters.publish("adapters/publish", "v1", facts.digest);
        await adapters.publish("adapters/publish", "v1", facts.digest);

        expect(await adapters.resolve("adapters/publish", "v1")).toBe(facts.digest);
        expect(await adapters.resolve("adapters/publish", "support-1")).toBe(facts.digest);
      });

      test("gives one image two versions' tags", async () => {
        const { facts } = await pushed("adapters/publish-two");

        await adapters.publish("adapters/publish-two", "v1", facts.digest);
        await adapters.publish("adapters/publish-two", "v2", facts.digest);

        expect(await adapters.resolve("adapters/publish-two", "v1")).toBe(facts.digest);
        expect(await adapters.resolve("adapters/publish-two", "v2")).toBe(facts.digest);
      });

      test("does not move a tag", async () => {
        const first = await pushed("adapters/moved");
        const second = await pushed("adapters/moved", "support-2");
        await adapters.publish("adapters/moved", "v1", first.facts.digest);

        const moving = adapters.publish("adapters/moved", "v1", second.facts.digest);

        await expect(moving).rejects.toMatchObject({ code: "VERSION_CONFLICT" });
        expect(await adapters.resolve("adapters/moved", "v1")).toBe(first.facts.digest);
      });

      test("lets one of two images win that come at the same moment", async () => {
        const images = [await pushed("adapters/raced", "a"), await pushed("adapters/raced", "b")];

        const outcomes = await Promise.allSettled(
          images.map(async ({ facts }) => adapters.publish("adapters/raced", "v1", facts.digest)),
        );

        const winner = outcomes.findIndex(({ status }) => status === "fulfilled");
        const losers = outcomes.filter((outcome) => outcome.status === "rejected");
        expect(losers).toMatchObject([{ reason: { code: "VERSION_CONFLICT" } }]);
        const named = await adapters.resolve("adapters/raced", "v1");
        expect(named).toBe(images[winner]?.facts.digest);
      });

      test("locks the tag: nobody pushes over it or deletes it", async () => {
        const { facts } = await pushed("adapters/locked");
        await adapters.publish("adapters/locked", "v1", facts.digest);
        const other = await makeAdapterImage();

        const deleting = adapters.untag("adapters/locked", "v1");

        await expect(deleting).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
        await expect(subject.push("adapters/locked", "v1", other)).rejects.toThrow(
          /locked|DISALLOWED/,
        );
        expect(await adapters.resolve("adapters/locked", "v1")).toBe(facts.digest);
      });

      test("refuses an image that is not there", async () => {
        const publishing = adapters.publish("adapters/publish-absent", "v1", ABSENT);

        await expect(publishing).rejects.toMatchObject({ code: "ADAPTER_INVALID" });
        expect(await adapters.resolve("adapters/publish-absent", "v1")).toBeUndefined();
      });
    });

    describe("attach()", () => {
      test("keeps the document, once, though it is attached twice", async () => {
        const { facts } = await pushed("adapters/attach");
        const document = JSON.stringify({ run: "support-1", words: "äöü 🦊" });

        await adapters.attach("adapters/attach", facts.digest, LINEAGE, document);
        await adapters.attach("adapters/attach", facts.digest, LINEAGE, document);

        const kept = await subject.documents("adapters/attach", facts.digest, LINEAGE);
        expect(kept).toEqual([document]);
      });

      test("keeps other documents and other types beside it", async () => {
        const { facts } = await pushed("adapters/attach-more");
        const { digest } = facts;

        await adapters.attach("adapters/attach-more", digest, LINEAGE, `{"run":"support-1"}`);
        await adapters.attach("adapters/attach-more", digest, LINEAGE, `{"run":"support-2"}`);
        await adapters.attach("adapters/attach-more", digest, OTHER_TYPE, `{"run":"support-1"}`);

        const kept = await subject.documents("adapters/attach-more", digest, LINEAGE);
        expect(kept.toSorted()).toEqual([`{"run":"support-1"}`, `{"run":"support-2"}`]);
        expect(await subject.documents("adapters/attach-more", digest, OTHER_TYPE)).toHaveLength(1);
      });

      test("works on an image that is published and locked", async () => {
        const { facts } = await pushed("adapters/attach-locked");
        await adapters.publish("adapters/attach-locked", "v1", facts.digest);

        await adapters.attach("adapters/attach-locked", facts.digest, LINEAGE, "{}");

        const kept = await subject.documents("adapters/attach-locked", facts.digest, LINEAGE);
        expect(kept).toEqual(["{}"]);
      });

      test("refuses an image that is not there", async () => {
        const attaching = adapters.attach("adapters/attach-absent", ABSENT, LINEAGE, "{}");

        await expect(attaching).rejects.toMatchObject({ code: "ADAPTER_INVALID" });
      });
    });

    describe("untag()", () => {
      test("takes the tag and leaves the image, once or twice", async () => {
        const { facts } = await pushed("adapters/untag");
        await adapters.publish("adapters/untag", "v1", facts.digest);

        await adapters.untag("adapters/untag", "support-1");
        await adapters.untag("adapters/untag", "support-1");

        expect(await adapters.resolve("adapters/untag", "support-1")).toBeUndefined();
        expect(await adapters.verify("adapters/untag", facts.digest, EXPECTED)).toEqual(facts);
      });

      test("leaves an image that has no other tag", async () => {
        const { facts } = await pushed("adapters/untag-last");

        await adapters.untag("adapters/untag-last", "support-1");

        expect(await adapters.verify("adapters/untag-last", facts.digest, EXPECTED)).toEqual(facts);
      });

      test("finds nothing to do in a repository that is not there", async () => {
        await adapters.untag("adapters/never", "support-1");

        expect(await adapters.resolve("adapters/never", "support-1")).toBeUndefined();
      });
    });

    test("images have the registry's name before them", () => {
      const tagged = adapters.taggedImage("adapters/support", "support-1");
      const pinned = adapters.image("adapters/support", ABSENT);

      expect(tagged).toBe(`${subject.host}/adapters/support:support-1`);
      expect(pinned).toBe(`${subject.host}/adapters/support@${ABSENT}`);
    });

    test("dockerConfig() signs in to this registry", async () => {
      const config: unknown = JSON.parse(await adapters.dockerConfig());

      const username = "00000000-0000-0000-0000-000000000000";
      expect(config).toEqual({
        auths: {
          [subject.host]: {
            username,
            password: expect.stringMatching(/./),
            auth: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
          },
        },
      });
    });

    test("check() is content with a repository that is not there, and makes none", async () => {
      await adapters.check("adapters/fresh");

      expect(await adapters.resolve("adapters/fresh", "latest")).toBeUndefined();
    });
  });
}
