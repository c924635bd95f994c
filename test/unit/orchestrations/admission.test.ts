import type { EntityContext } from "durable-functions";
import { describe, expect, test } from "vitest";

import { admit } from "../../../orchestrations/admit.ts";
import { bury } from "../../../orchestrations/bury.ts";
import { pipelineEntity } from "../../../orchestrations/pipeline-entity.ts";
import type { AdmissionState } from "../../../shared/domain/admission.ts";
import { ok, runOrchestration } from "../../support/run-orchestration.ts";

const input = { pipeline: "support", request: "r1" };

describe("admit", () => {
  test("offers a request and starts the run that it is given", async () => {
    const start = { run: "support-1", requests: ["r1"] };
    const run = await runOrchestration(admit, {
      input,
      answers: {
        readRequest: () => ok({ state: "received", highestSequence: 0 }),
        "pipeline.offer": () => ({ start }),
        startRun: () => ok(),
      },
    });

    expect(run.commands).toMatchObject([
      { name: "readRequest" },
      {
        name: "pipeline.offer",
        instanceId: "support",
        input: { request: "r1", highestSequence: 0 },
      },
      { name: "startRun", input: start },
    ]);
  });

  test("says that a request waits for its turn", async () => {
    const run = await runOrchestration(admit, {
      input,
      answers: {
        readRequest: () => ok({ state: "received", highestSequence: 3 }),
        "pipeline.offer": () => ({}),
        markWaiting: () => ok(),
      },
    });

    expect(run.steps).toEqual(["readRequest", "pipeline.offer", "markWaiting"]);
  });

  test("starts an older request that it finds waiting, and lets this one wait", async () => {
    const run = await runOrchestration(admit, {
      input,
      answers: {
        readRequest: () => ok({ state: "received", highestSequence: 3 }),
        "pipeline.offer": () => ({ start: { run: "support-4", requests: ["r0"] } }),
        startRun: () => ok(),
        markWaiting: () => ok(),
      },
    });

    expect(run.steps).toEqual(["readRequest", "pipeline.offer", "startRun", "markWaiting"]);
  });

  test.each(["running", "done", "refused"])("leaves a request that is %s alone", async (state) => {
    const run = await runOrchestration(admit, {
      input,
      answers: { readRequest: () => ok({ state, highestSequence: 3 }) },
    });

    expect(run.steps).toEqual(["readRequest"]);
  });
});

describe("bury", () => {
  test("cleans up, ends the run and hands over", async () => {
    const run = await runOrchestration(bury, {
      input: { run: "support-7", pauseMs: 1000 },
      answers: {
        removeTuning: () => ok({ remaining: [] }),
        endRun: () => ok(),
        readSequence: () => ok({ highestSequence: 7 }),
        "pipeline.finished": () => ({}),
      },
    });

    expect(run.steps).toEqual([
      "removeTuning",
      "endRun",
      "removeTuning",
      "readSequence",
      "pipeline.finished",
    ]);
  });
});

describe("pipelineEntity", () => {
  test("keeps its state from operation to operation", () => {
    const entity = fakeEntity();

    entity.call("offer", { request: "r1", pipeline: "support", highestSequence: 0 });
    entity.call("offer", { request: "r2", pipeline: "support", highestSequence: 1 });

    expect(
      entity.call("finished", { run: "support-1", pipeline: "support", highestSequence: 1 }),
    ).toEqual({ start: { run: "support-2", requests: ["r2"] } });
  });

  test("answers nothing to an operation of another version, and keeps its state", () => {
    const entity = fakeEntity();
    entity.call("offer", { request: "r1", pipeline: "support", highestSequence: 0 });

    expect(entity.call("compact", {})).toEqual({});
    expect(entity.state()).toMatchObject({ running: { "support-1": ["r1"] } });
  });
});

function fakeEntity() {
  let state: AdmissionState | undefined;
  return {
    state: () => state,
    call(operationName: string, given: unknown): unknown {
      let returned: unknown;
      const df = {
        operationName,
        getState: () => state,
        getInput: () => given,
        setState: (next: AdmissionState) => {
          state = structuredClone(next);
        },
        return: (answer: unknown) => {
          returned = answer;
        },
      };
      pipelineEntity({ df } as unknown as EntityContext<AdmissionState>);
      return returned;
    },
  };
}
