import { describe, expect, test } from "vitest";

import { z } from "zod";

import { runActivity } from "../../../../functions/activities/activity.ts";
import { BRISK, defineActivity } from "../../../../shared/contracts/activity-contract.ts";
import { PermanentError, TransientError } from "../../../../shared/errors.ts";

const contract = defineActivity({
  name: "double",
  input: z.object({ number: z.number() }),
  output: z.number(),
  retry: BRISK,
});

function listen(): { readonly lines: string[]; readonly warn: (...line: unknown[]) => void } {
  const lines: string[] = [];
  return { lines, warn: (...line) => void lines.push(line.join(" ")) };
}

describe("runActivity", () => {
  test("parses the input and wraps the answer", async () => {
    const log = listen();

    const outcome = await runActivity(
      contract,
      async ({ number }) => 2 * number,
      { number: 2, more: 1 },
      log,
    );

    expect(outcome).toEqual({ ok: true, value: 4 });
    expect(log.lines).toEqual([]);
  });

  test("settles on INTERNAL for an input that it does not know, and does nothing", async () => {
    let called = false;
    const activity = async (): Promise<number> => {
      called = true;
      return 1;
    };

    const outcome = await runActivity(contract, activity, { number: "2" }, listen());

    expect(outcome).toMatchObject({
      ok: false,
      failure: { code: "INTERNAL", message: expect.stringMatching(/^double was given an input/) },
    });
    expect(called).toBe(false);
  });

  test("turns what is settled into a value, with its details", async () => {
    const log = listen();
    const activity = async (): Promise<number> => {
      throw new PermanentError("DATASET_INVALID", "1 problem", { details: ["a.jsonl line 3"] });
    };

    const outcome = await runActivity(contract, activity, { number: 2 }, log);

    const failure = { code: "DATASET_INVALID", message: "1 problem", details: ["a.jsonl line 3"] };
    expect(outcome).toEqual({ ok: false, failure });
    expect(log.lines).toEqual(["double settled on DATASET_INVALID: 1 problem"]);
  });

  test.each([new TransientError("CLUSTER_UNAVAILABLE", "no answer"), new TypeError("a bug")])(
    "throws %s on, for the host to try again",
    async (error) => {
      const activity = async (): Promise<number> => {
        throw error;
      };

      const running = runActivity(contract, activity, { number: 2 }, listen());

      await expect(running).rejects.toBe(error);
    },
  );
});
