import { describe, expect, test } from "vitest";

import { appFrames } from "../../../infra/local/functions-host/durable/diagnostics/app-frames.ts";
import { compareAnswers } from "../../../infra/local/functions-host/durable/diagnostics/compare-answers.ts";
import type {
  Action,
  OrchestratorState,
} from "../../../infra/local/functions-host/durable/replay/action.ts";
import { OrchestrationFailure } from "../../../infra/local/functions-host/durable/replay/failure.ts";
import { useHost } from "./support/use-host.ts";

describe("two answers", () => {
  const echo = (input: unknown): Action => ({ actionType: 0, functionName: "echo", input });
  const all = (...compoundActions: Action[]): Action => ({ actionType: 12, compoundActions });
  const answer = (actions: Action[], rest: Partial<OrchestratorState> = {}): OrchestratorState => ({
    isDone: false,
    actions: [actions],
    ...rest,
  });

  test("that are the same have no difference", () => {
    const one = answer([echo({ a: 1, b: 2 }), all(echo(1), echo(2))]);
    const same = answer([echo({ b: 2, a: 1 }), all(echo(1), echo(2))]);

    expect(compareAnswers(one, same)).toBeUndefined();
  });

  test.for([
    {
      name: "another input",
      first: answer([echo(1)]),
      second: answer([echo(2)]),
      difference: {
        position: [0],
        what: "action 1",
        expected: "activity 'echo' with 1",
        came: "activity 'echo' with 2",
      },
    },
    {
      name: "another task inside of a compound one",
      first: answer([echo(0), all(echo(1), echo(2))]),
      second: answer([echo(0), all(echo(1), echo(3))]),
      difference: {
        position: [1, 1],
        what: "action 2.2",
        expected: "activity 'echo' with 2",
        came: "activity 'echo' with 3",
      },
    },
    {
      name: "fewer actions",
      first: answer([echo(1), echo(2)]),
      second: answer([echo(1)]),
      difference: {
        position: [1],
        what: "action 2",
        expected: "activity 'echo' with 2",
        came: "nothing",
      },
    },
    {
      name: "what words do not show",
      first: answer([
        { actionType: 8, httpRequest: { method: "GET", uri: "http://a", content: "1" } },
      ]),
      second: answer([
        { actionType: 8, httpRequest: { method: "GET", uri: "http://a", content: "2" } },
      ]),
      difference: {
        position: [0],
        what: "action 1",
        expected: '{"actionType":8,"httpRequest":{"method":"GET","uri":"http://a","content":"1"}}',
        came: '{"actionType":8,"httpRequest":{"method":"GET","uri":"http://a","content":"2"}}',
      },
    },
    {
      name: "another output",
      first: answer([], { isDone: true, output: 1 }),
      second: answer([], { isDone: true, output: 2 }),
      difference: { position: undefined, what: "output", expected: "1", came: "2" },
    },
    {
      name: "a failure instead of an end",
      first: answer([], { isDone: true }),
      second: new OrchestrationFailure("no luck"),
      difference: {
        position: undefined,
        what: "end",
        expected: "it is done",
        came: "it fails: no luck",
      },
    },
    {
      name: "another error",
      first: answer([], { error: "one" }),
      second: answer([], { error: "two" }),
      difference: {
        position: undefined,
        what: "end",
        expected: "it fails: one",
        came: "it fails: two",
      },
    },
  ])("with $name differ there", ({ first, second, difference }) => {
    expect(compareAnswers(first, second)).toEqual(difference);
  });
});

describe("the app's lines in a stack", () => {
  test("are those above the library, the innermost first, relative to the app", () => {
    const stack = [
      "Error",
      "    at step (file:///srv/my%20app/orchestrations/step.js:3:14)",
      "    at step.next (<anonymous>)",
      "    at /srv/my app/orchestrations/tune.js:20:5",
      "    at lib (/srv/my app/node_modules/lib/index.js:1:1)",
      "    at node:internal/process/task_queues:95:5",
      "    at TaskOrchestrationExecutor.tryResumingUserCode (/srv/my app/dist/bundle.js:9:9)",
      "    at TaskOrchestrationExecutor.execute (/srv/my app/dist/bundle.js:8:8)",
    ].join("\n");

    expect(appFrames(stack, "/srv/my app")).toEqual([
      "orchestrations/step.js:3:14",
      "orchestrations/tune.js:20:5",
    ]);
  });

  test("are none if the library itself made the task", () => {
    const stack = [
      "Error",
      "    at CallHttpWithPollingTask.trySetValue (/srv/app/dist/bundle.js:9:9)",
      "    at Orchestrator.handle (/srv/app/dist/bundle.js:8:8)",
    ].join("\n");

    expect(appFrames(stack, "/srv/app")).toEqual([]);
  });
});

describe.concurrent("a strict host", () => {
  const { host, client } = useHost("diagnosed-app", ["--memory", "--strict"]);

  test("runs what answers the same each time as ever", async () => {
    const id = await client.start("steady");
    await client.raise(id, "go", {});

    expect(await client.ended(id)).toMatchObject({
      runtimeStatus: "Completed",
      output: 2,
      customStatus: "done",
    });
  });

  test("fails what throws dice, with both inputs and the line", async () => {
    const { instanceId, runtimeStatus, output } = await client.run("dice");

    expect(runtimeStatus).toBe("Failed");
    expect(output).toMatch(
      new RegExp(
        `^Non-Deterministic workflow detected: instance '${instanceId}' of 'dice' answered differently to the same history\\. ` +
          String.raw`Action 2: expected activity 'echo' with 0\.\d+, came activity 'echo' with 0\.\d+, at main\.js:35:27\. `,
      ),
    );
    expect(host.log()).toContain(`instance '${instanceId}' of 'dice' answered differently`);
  });

  test("fails what reads the machine's clock, with the helper's line and its caller's", async () => {
    const { output } = await client.run("clock");

    expect(output).toMatch(
      /Action 1: expected timer until \S+, came timer until \S+, at main\.js:43:20, called from main\.js:39:10\./,
    );
  });

  test("fails what remembers its calls, with the line of the one task that differs", async () => {
    const { output } = await client.run("memory");

    expect(output).toMatch(
      /Action 1\.2: expected activity 'echo' with \d+, came activity 'echo' with \d+, at main\.js:51:16\./,
    );
  });

  test("fails a custom status that differs", async () => {
    const { output } = await client.run("mood");

    expect(output).toMatch(/Custom status: expected 0\.\d+, came 0\.\d+\. /);
  });

  test("names the line of a task that was never yielded", async () => {
    const { instanceId, runtimeStatus } = await client.run("forgetful");

    expect(runtimeStatus).toBe("Completed");
    expect(host.log()).toContain(
      `Instance '${instanceId}' of 'forgetful' is done, and a task that it made at main.js:76:14 was never yielded`,
    );
  });

  test("says nothing of a timer that was cancelled before it was yielded", async () => {
    const { instanceId, runtimeStatus } = await client.run("changedItsMind");

    expect(runtimeStatus).toBe("Completed");
    expect(host.log()).not.toContain(instanceId);
  });
});

describe("a host that is not strict", () => {
  const { host, client } = useHost("diagnosed-app");

  test("names the line when the code no longer asks for what the history has", async () => {
    const { instanceId, runtimeStatus, output } = await client.run("redeployed");

    expect(runtimeStatus).toBe("Failed");
    expect(output).toMatch(
      /^Non-Deterministic workflow detected: .* The code of 'redeployed' now asks for/,
    );
    expect(host.log()).toMatch(
      new RegExp(
        `Instance '${instanceId}': Non-Deterministic workflow detected: .* scheduled an activity task with sequence ID 0 and name 'deploy' .*` +
          String.raw`now asks for activity 'echo' there\..* At main\.js:68:36\.`,
      ),
    );
  });

  test("lets dice be thrown as long as nothing is replayed differently", async () => {
    const { runtimeStatus } = await client.run("mood");

    expect(runtimeStatus).toBe("Completed");
  });
});
