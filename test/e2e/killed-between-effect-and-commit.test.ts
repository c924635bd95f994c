import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { dataAbout } from "./support/datasets.ts";
import { expectOneOfEach } from "./support/expect-one-of-each.ts";
import { type Lab, startLab } from "./support/lab.ts";

// The host kills itself with SIGKILL when the activity has done its work and nothing of that is stored.
const INSTANTS = [
  "before-commit:readRequest:1",
  "before-commit:startRun:1",
  "before-commit:beginRun:1",
  "before-commit:enterPhase:1",
  "before-commit:freezeDataset:1",
  "before-commit:prepareDataset:1",
  "before-commit:preflight:1",
  "before-commit:startTuning:1",
  "after-commit:startTuning:1",
  "before-commit:lookAtTuning:1",
  "before-commit:saveTuningLog:1",
  "before-commit:verifyAdapter:1",
  "before-commit:claimVersion:1",
  "before-commit:publishVersion:1",
  "before-commit:removeTuning:1",
  "before-commit:askBefore:1",
  "before-commit:startRollout:1",
  "before-commit:lookAtServing:1",
  "before-commit:verifyServing:1",
  "before-commit:recordRelease:1",
  "before-commit:endRun:1",
  "after-commit:endRun:1",
  "before-commit:readSequence:1",
  "before-commit:orchestration:admit:1",
  "before-commit:orchestration:run:1",
  "before-commit:orchestration:awaitTuning:2",
] as const;

const PIPELINE = "killed";

describe("a host that is killed", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab({ startHost: false });
  });

  afterAll(async () => {
    await lab.stop();
  });

  // One pipeline, one version after the other: each test also proves that the one before left it sound.
  test.each(INSTANTS.map((instant, index) => ({ instant, version: index + 1 })))(
    "at $instant reaches the same end",
    async ({ instant, version }) => {
      const { functionsHost } = lab.stack;
      await functionsHost.stop();
      await functionsHost.start({ crashAt: [instant] });
      await lab.apply(PIPELINE);
      const word = `word${version}`;
      const etag = await lab.drop(PIPELINE, `${word}.jsonl`, dataAbout(word));
      const end = await functionsHost.ended;
      await functionsHost.start();
      const { run = "" } = await lab.request(PIPELINE, etag);
      const ended = await lab.ended(run);
      // Or the next test would kill what is left of this run.
      await lab.settled(run);

      expect(end.signal).toBe("SIGKILL");
      expect(run).toBe(`${PIPELINE}-${version}`);
      await expectOneOfEach(lab, ended, { pipeline: PIPELINE, version, word });
    },
  );
});
