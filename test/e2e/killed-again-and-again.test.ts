import { setTimeout } from "node:timers/promises";

import { expect, test } from "vitest";

import { dataAbout } from "./support/datasets.ts";
import { expectOneOfEach } from "./support/expect-one-of-each.ts";
import { startLab } from "./support/lab.ts";

/** Milliseconds for which the host lives each time; its own start takes most of a second more. */
const LIVES = [150, 400, 250, 700, 100, 900, 300, 500, 200, 600];

test("a host that is killed ten times on the way reaches the same end", async ({
  onTestFinished,
}) => {
  const lab = await startLab();
  onTestFinished(() => lab.stop());
  const { functionsHost } = lab.stack;
  await lab.apply("again");
  const etag = await lab.drop("again", "a.jsonl", dataAbout("apple"));
  let kills = 0;
  for (const life of LIVES) {
    await setTimeout(life);
    await functionsHost.kill();
    await functionsHost.start();
    kills += 1;
  }

  const { run = "" } = await lab.request("again", etag);
  const ended = await lab.ended(run);

  expect(kills).toBe(LIVES.length);
  await expectOneOfEach(lab, ended, { pipeline: "again", version: 1, word: "apple" });
});
