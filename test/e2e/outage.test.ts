import { expect, test } from "vitest";

import { routes } from "../../shared/contracts/http-api.ts";
import { dataAbout } from "./support/datasets.ts";
import { expectOneOfEach } from "./support/expect-one-of-each.ts";
import { startLab, until } from "./support/lab.ts";

const OUTAGE_MS = 120_000;

test("a cluster that answers 500 for two minutes in the middle of a tuning does not end the run", async ({
  onTestFinished,
}) => {
  const lab = await startLab({ settings: { UNREACHABLE_LIMIT_MS: "600000" } });
  onTestFinished(() => lab.stop());
  // The training is done long before the cluster is back.
  await lab.cluster.addFaults({ workspace: "rf-outage-1", fault: "training-takes", seconds: 5 });
  await lab.apply("outage");
  const { run = "" } = await lab.request(
    "outage",
    await lab.drop("outage", "a.jsonl", dataAbout("apple")),
  );
  await until("the training", async () => {
    const { progress } = await lab.api.call(routes.getRun, { params: { run } });
    return progress?.stage === "training" || undefined;
  });

  const from = Date.now();
  lab.stack.cluster.outage(OUTAGE_MS);
  const ended = await until(
    "the end",
    async () => {
      const found = await lab.api.call(routes.getRun, { params: { run } });
      return found.endedAt === undefined ? undefined : found;
    },
    OUTAGE_MS + 120_000,
  );

  expect(Date.parse(ended.endedAt ?? "") - from).toBeGreaterThan(OUTAGE_MS);
  await expectOneOfEach(lab, ended, { pipeline: "outage", version: 1, word: "apple" });
}, 300_000);
