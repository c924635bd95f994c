import { describe, expect, test } from "vitest";

import { changeRun, readRun } from "../../../../functions/activities/change-run.ts";
import { TransientError } from "../../../../shared/errors.ts";
import { begin, RUN } from "../support/arrange.ts";
import { ContestedRuns } from "../support/contested.ts";
import { newWorld } from "../support/world.ts";

describe("changeRun", () => {
  test("decides again on the newest row when somebody else wrote meanwhile", async () => {
    const runs = new ContestedRuns();
    await begin({ ...newWorld(), runs });
    runs.writesOfOthers = 1;

    const changed = await changeRun(runs, RUN, (row) => ({ ...row, rows: 5 }));

    expect(changed).toMatchObject({ rows: 5, note: "somebody else" });
    expect((await runs.find(RUN))?.row).toEqual(changed);
  });

  test("gives up on a row that never stands still, for the host to try again", async () => {
    const runs = new ContestedRuns();
    await begin({ ...newWorld(), runs });
    runs.writesOfOthers = 100;

    const changing = changeRun(runs, RUN, (row) => ({ ...row, rows: 5 }));

    await expect(changing).rejects.toThrow(TransientError);
  });

  test("knows no run without a row", async () => {
    const { runs } = newWorld();

    const changing = changeRun(runs, RUN, (row) => row);

    await expect(changing).rejects.toMatchObject({ code: "INTERNAL" });
  });
});

describe("readRun", () => {
  test("knows no run without a row", async () => {
    const { runs } = newWorld();

    const reading = readRun(runs, RUN);

    await expect(reading).rejects.toMatchObject({
      code: "INTERNAL",
      message: "There is no run support-1",
    });
  });
});
