import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { TransientError } from "../../shared/errors.ts";
import type { Pipelines } from "../../shared/ports/pipelines.ts";

export interface PipelinesSubject {
  readonly pipelines: Pipelines;
  teardown?(): Promise<void>;
}

/** What every implementation of `Pipelines` must do. */
export function describePipelines(name: string, setup: () => Promise<PipelinesSubject>): void {
  describe(`Pipelines: ${name}`, () => {
    let subject: PipelinesSubject;
    let pipelines: Pipelines;

    beforeAll(async () => {
      subject = await setup();
      pipelines = subject.pipelines;
    });

    afterAll(async () => {
      await subject.teardown?.();
    });

    test("there are none before the first is applied", async () => {
      expect(await pipelines.list()).toEqual([]);
      expect(await pipelines.find("absent")).toBeUndefined();
    });

    test.each(["", "..", "../datasets/support/a", "a/../b", "a\\..\\b", "\n"])(
      "there is no pipeline called '%s'",
      async (text) => {
        expect(await pipelines.find(text)).toBeUndefined();
      },
    );

    test("apply() keeps the text, byte for byte", async () => {
      const yaml = "# Größe 数据 🦊\r\nkind: Pipeline\r\n\n";

      const applied = await pipelines.apply("exact", yaml);

      expect(applied).toMatchObject({ name: "exact", generation: 1, yaml, changed: true });
      expect(Date.parse(applied.updatedAt)).not.toBeNaN();
      const { changed: _, ...stored } = applied;
      expect(await pipelines.find("exact")).toEqual(stored);
    });

    test("each change is a generation, the same text is none", async () => {
      await pipelines.apply("grows", "a: 1");

      expect(await pipelines.apply("grows", "a: 1")).toMatchObject({
        generation: 1,
        changed: false,
      });
      expect(await pipelines.apply("grows", "a: 2")).toMatchObject({
        generation: 2,
        changed: true,
      });
      expect(await pipelines.apply("grows", "a: 1")).toMatchObject({
        generation: 3,
        changed: true,
      });
    });

    test("of writers at the same moment none is lost: it is a generation, or told to try again", async () => {
      const told = await Promise.allSettled(
        Array.from({ length: 8 }, async (_, writer) => pipelines.apply("raced", `a: ${writer}`)),
      );

      const won = told.flatMap((one) => (one.status === "fulfilled" ? [one.value.generation] : []));
      const lost = told.filter((one) => one.status === "rejected");
      expect(new Set(won)).toEqual(new Set(won.map((_, index) => index + 1)));
      expect(lost.every(({ reason }) => reason instanceof TransientError)).toBe(true);
      expect(await pipelines.find("raced")).toMatchObject({ generation: won.length });
    });

    test("list() is in the order of the names", async () => {
      for (const one of ["list-b", "list-c", "list-a"]) await pipelines.apply(one, `name: ${one}`);

      const listed = await pipelines.list();

      expect(listed.map((one) => one.name).filter((one) => one.startsWith("list-"))).toEqual([
        "list-a",
        "list-b",
        "list-c",
      ]);
      expect(listed).toContainEqual(await pipelines.find("list-a"));
    });
  });
}
