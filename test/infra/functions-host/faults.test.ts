import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { EventType } from "../../../infra/local/functions-host/durable/history.ts";
import { type Message, messageTo } from "../../../infra/local/functions-host/durable/message.ts";
import { createFaultRules } from "../../../infra/local/functions-host/faults/fault-rules.ts";
import {
  allFaults,
  createRandomFaults,
} from "../../../infra/local/functions-host/faults/random-faults.ts";
import { removeDirectory, runHost, startHost, temporaryDirectory } from "./support/host-process.ts";
import { createManagementClient } from "./support/management-client.ts";

function activity(name: string): Message {
  const body = { kind: "activity", executionId: "e", taskId: 0, name, input: "[]" } as const;
  return { ...messageTo("one", body), sequence: 1 };
}

function raised(name: string): Message {
  const event = { EventType: EventType.EventRaised, Name: name, Input: null };
  return { ...messageTo("one", { kind: "event", executionId: null, event }), sequence: 1 };
}

function result(): Message {
  const event = { EventType: EventType.TaskCompleted, TaskScheduledId: 0, Result: null };
  return { ...messageTo("one", { kind: "event", executionId: "e", event }), sequence: 1 };
}

function anyFault(seed: number) {
  const often = { crash: 0.5, fail: 0.5, hang: 0.5, twice: 0.5, delay: 0.5, maxDelayMs: 1000 };
  return createRandomFaults({ seed, ...often, onCrash: () => undefined });
}

describe("faults that are named", () => {
  test("hit the n-th call of an activity, whatever the case of its name", () => {
    const faults = createFaultRules(["fail:Train:2", "hang:train:3"]);

    const calls = ["train", "other", "TRAIN", "Train", "train"].map((name) => faults.call(name));

    expect(calls).toEqual(["none", "none", "fail", "hang", "none"]);
  });

  test("deliver an activity twice, and delay results and external events", () => {
    const faults = createFaultRules(["twice:train:1", "delay:result:2:250", "delay:event:go:1:9"]);

    const deliveries = [activity("train"), result(), activity("train"), result(), raised("Go")].map(
      (message) => faults.deliveries(message),
    );

    expect(deliveries).toEqual([[0, 0], [0], [0], [250], [9]]);
  });

  test.each(["fail:train", "fail:train:0", "delay:result:1", "crash:train:1", "", "twice::1"])(
    "written as '%s' are refused with the way to write them",
    (text) => {
      expect(() => createFaultRules([text])).toThrow(
        `'${text}' is not a fault: use fail:<activity>`,
      );
    },
  );
});

describe("faults by chance", () => {
  const questions = Array.from({ length: 50 }, () => [
    activity("a"),
    result(),
    raised("go"),
  ]).flat();

  test("are the same for the same seed, and others for another", () => {
    const answers = (seed: number): unknown[] => {
      const faults = anyFault(seed);
      return questions.map((message) => [faults.call("a"), faults.deliveries(message)]);
    };

    expect(answers(1)).toEqual(answers(1));
    expect(answers(1)).not.toEqual(answers(2));
  });

  test("never reorder what one sender asks of an entity", () => {
    const operation = messageTo("@counter@a", {
      kind: "operation",
      request: { op: "add", id: "1" },
    });
    const faults = anyFault(3);

    const deliveries = questions.map(() => faults.deliveries({ ...operation, sequence: 1 }));

    expect(new Set(deliveries.map((delays) => delays.join()))).toEqual(new Set(["0"]));
  });

  test("of several sources are all heard", () => {
    const reached: string[] = [];
    const named = createFaultRules(["fail:a:1"]);
    const noting = {
      ...createFaultRules(["hang:a:2"]),
      reached: (moment: string, subject: string) => void reached.push(`${moment} ${subject}`),
    };
    const faults = allFaults([named, noting]);

    faults.reached("before-commit", "a");

    expect([faults.call("a"), faults.call("a"), faults.call("a")]).toEqual([
      "fail",
      "hang",
      "none",
    ]);
    expect(reached).toEqual(["before-commit a"]);
  });
});

describe("a host with faults", () => {
  async function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const host = await startHost("commonjs-app", ["--memory", ...args], env);
    onTestFinished(() => void host.stop());
    return createManagementClient(host.url, host.keys?.system ?? "");
  }

  test("fails the call that it was told to fail, so that its retry is seen", async () => {
    const client = await start(["--fault", "fail:failFirst:1"]);

    const { output } = await client.run("retried", { times: 0, attempts: 2 });

    expect(output).toBe(1);
  });

  test("runs an activity twice and counts its result once", async () => {
    const directory = await temporaryDirectory();
    onTestFinished(() => removeDirectory(directory));
    const file = path.join(directory, "executions");
    const client = await start(["--fault", "twice:note:2"], { EXECUTIONS_FILE: file });

    const { output } = await client.run("manyNotes", 3);

    expect(output).toBe("done");
    const lines = readFileSync(file, "utf8").trim().split("\n");
    expect(lines.toSorted()).toEqual(["note 0", "note 1", "note 1", "note 2"]);
  });

  test("refuses faults that it does not know, and likelihoods that are none", async () => {
    const unknown = await runHost(["start", "--fault", "explode"]);
    const unlikely = await runHost(["start", "--chaos", "2"]);
    const seedless = await runHost(["start", "--seed", "x"]);

    expect([unknown.code, unlikely.code, seedless.code]).toEqual([2, 2, 2]);
    expect(unknown.stderr).toContain("'explode' is not a fault: use fail:<activity>:<n>");
    expect(unlikely.stderr).toContain("'2' is not a likelihood: use a number from 0 to 1.");
    expect(seedless.stderr).toContain("'x' is not a seed: use a whole number from 0.");
  });
});
