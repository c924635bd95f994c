import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { waitingFor } from "../../../infra/local/functions-host/durable/diagnostics/waiting-for.ts";
import {
  EventType,
  type HistoryEvent,
  stampAt,
} from "../../../infra/local/functions-host/durable/history.ts";
import type { Action } from "../../../infra/local/functions-host/durable/replay/action.ts";
import { type HostProcess, startHost } from "./support/host-process.ts";
import { createManagementClient } from "./support/management-client.ts";
import { until } from "./support/until.ts";
import { useHost } from "./support/use-host.ts";

const AT = "2030-01-01T00:00:00.000Z";
const LATER = "2030-01-02T00:00:00.000Z";
const NOTHING = {
  activities: [],
  timers: [],
  subOrchestrations: [],
  entityCalls: [],
  events: [],
  isSuspended: false,
};

function scheduled(id: number): HistoryEvent {
  const rest = { Name: "echo", Version: "", Input: "[1]" };
  return { EventType: EventType.TaskScheduled, ...rest, ...stampAt(AT, id) };
}

function completed(TaskScheduledId: number): HistoryEvent {
  return { EventType: EventType.TaskCompleted, TaskScheduledId, Result: null, ...stampAt(LATER) };
}

function raised(Name: string): HistoryEvent {
  return { EventType: EventType.EventRaised, Name, Input: null, ...stampAt(LATER) };
}

function sent(id: number, signal: boolean): HistoryEvent {
  const Input = JSON.stringify({ op: "add", id: `request-${id}`, signal });
  const rest = { Name: "op", InstanceId: "@counter@all", Input };
  return { EventType: EventType.EventSent, ...rest, ...stampAt(AT, id) };
}

function timerCreated(id: number, FireAt: string): HistoryEvent {
  return { EventType: EventType.TimerCreated, FireAt, ...stampAt(AT, id) };
}

const echo: Action = { actionType: 0, functionName: "echo", input: 1 };
const go: Action = { actionType: 6, externalEventName: "go" };

function after(history: readonly HistoryEvent[], actions: Action[], isDone = false) {
  return waitingFor(history, { isDone, actions: [actions] });
}

describe("an instance waits for", () => {
  test("activities without a result, by name and since when", () => {
    const waiting = after([scheduled(0), scheduled(1), completed(0)], [echo, echo]);

    expect(waiting).toEqual({
      ...NOTHING,
      activities: [{ name: "echo", since: AT }],
      stuck: false,
    });
  });

  test("timers that were not cancelled", () => {
    const history = [timerCreated(0, AT), timerCreated(1, LATER)];

    const waiting = after(history, [
      { actionType: 5, fireAt: AT, isCanceled: true },
      { actionType: 5, fireAt: LATER },
    ]);

    expect(waiting).toEqual({ ...NOTHING, timers: [{ until: LATER }], stuck: false });
  });

  test("answers of entities, but not to signals", () => {
    const waiting = after([sent(0, true), sent(1, false)], []);

    expect(waiting).toEqual({
      ...NOTHING,
      entityCalls: [{ entity: "@counter@all", operation: "add", since: AT }],
      stuck: false,
    });
  });

  test("events as often as it asked for them", () => {
    expect(after([raised("go")], [go, go])).toEqual({ ...NOTHING, events: ["go"], stuck: false });
    expect(after([raised("go"), raised("go")], [go, go])).toMatchObject({ events: [] });
  });

  test("being resumed, and is not stuck", () => {
    const suspended: HistoryEvent = {
      EventType: EventType.ExecutionSuspended,
      Reason: null,
      ...stampAt(AT),
    };

    expect(after([suspended], [])).toEqual({ ...NOTHING, isSuspended: true, stuck: false });
  });
});

describe("an instance is stuck", () => {
  test("when its event came in another case", () => {
    const waiting = after([raised("GO")], [go]);

    expect(waiting).toMatchObject({ stuck: true, events: ["go"] });
    expect(waiting.hint).toBe(
      "The event 'GO' came, and the orchestrator waits for 'go': durable-functions compares names with their case.",
    );
  });

  test("but not while something else can come", () => {
    expect(after([raised("GO"), scheduled(0)], [go, echo])).toMatchObject({ stuck: false });
  });

  test("when everything came that it waits for", () => {
    expect(after([scheduled(0), completed(0)], [echo])).toEqual({ ...NOTHING, stuck: true });
  });

  test("when a task was waited for twice, and that is said", () => {
    const all: Action = { actionType: 12, compoundActions: [echo] };

    const waiting = after([scheduled(0), completed(0)], [all, all]);

    expect(waiting.stuck).toBe(true);
    expect(waiting.hint).toMatch(/^A task was handed to Task\.all or Task\.any .* with 1\)/);
  });
});

describe.concurrent("the host says in its log", () => {
  const { host, client } = useHost("diagnosed-app");

  async function logged(text: string): Promise<string> {
    return until(`the log has ${text}`, () =>
      host
        .log()
        .split("\n")
        .find((line) => line.includes(text)),
    );
  }

  test("that an event came in another case, once", async () => {
    const id = await client.start("lowerCase");
    await client.raise(id, "GO", {});
    const line = await logged(`Instance '${id}'`);
    await client.raise(id, "Go", {});
    await client.raise(id, "go", {});
    await client.ended(id);

    expect(line).toContain("'lowerCase' is stuck. It waits for event 'go'. The event 'GO' came");
    expect(host.log().split(`Instance '${id}'`)).toHaveLength(2);
  });

  test("that a task was waited for again", async () => {
    const id = await client.start("again");

    expect(await logged(`Instance '${id}'`)).toContain(
      "'again' is stuck. It waits for nothing that this host knows of. A task was handed to Task.all",
    );
  });

  test("that a timer keeps a finished orchestrator running", async () => {
    const id = await client.start("overslept");

    expect(await logged(`Instance '${id}'`)).toMatch(
      /'overslept': The orchestrator has returned, and its timer until \S+Z keeps it running/,
    );
  });

  test("that a boolean arrives as text", async () => {
    await client.run("truth");

    const line = await logged("was given a boolean");

    expect(line).toContain("Activity 'echo' was given a boolean, and gets the text");
    expect(host.log().split("was given a boolean")).toHaveLength(2);
  });

  test("that an orchestrator is no generator", async () => {
    const { runtimeStatus } = await client.run("asynchronous");

    expect(runtimeStatus).toBe("Failed");
    expect(await logged("Orchestrator 'asynchronous'")).toContain("is no generator function");
  });
});

describe("what an instance waits for", () => {
  let host: HostProcess;

  beforeAll(async () => {
    host = await startHost("diagnosed-app");
    const client = createManagementClient(host.url, host.keys?.system ?? "");
    await client.start("patient", null, "slow");
    await client.statusWhen("slow-child", ({ runtimeStatus }) => runtimeStatus === "Running");
  });

  afterAll(async () => {
    await host.stop();
  });

  function ask(query = "", init: RequestInit = {}): Promise<Response> {
    const code = host.keys?.system ?? "";
    const url = `${host.url}/runtime/webhooks/durabletask-waiting?code=${code}${query}`;
    return fetch(url, init);
  }

  test("is told as JSON", async () => {
    const response = await ask();

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject([
      {
        instanceId: "slow",
        name: "patient",
        runtimeStatus: "Running",
        waitingFor: {
          activities: [],
          timers: [{ until: expect.stringMatching(/Z$/) }],
          subOrchestrations: [{ name: "lowerCase", instanceId: "slow-child" }],
          entityCalls: [],
          events: ["approved"],
          isSuspended: false,
          stuck: false,
        },
      },
      { instanceId: "slow-child", waitingFor: { events: ["go"], stuck: false } },
    ]);
  });

  test("is told for as many instances as are asked for, and only for reading", async () => {
    const one = await ask("&limit=1");
    const bad = await ask("&limit=0");
    const posted = await ask("", { method: "POST" });

    expect(await one.json()).toMatchObject([{ instanceId: "slow" }]);
    expect([bad.status, posted.status]).toEqual([400, 405]);
  });

  test("is in the log at a stop", async () => {
    await host.stop();

    const lines = host.log().split("\n");
    expect(lines.find((line) => line.includes("Instance 'slow'"))).toMatch(
      /'patient' has not ended: it waits for timer until \S+; sub-orchestration 'lowerCase' \(instance 'slow-child'\) since \S+; event 'approved'\./,
    );
    // It was asked, and kept quiet about it.
    expect(host.log().split("patient begins")).toHaveLength(2);
    expect(host.log()).toContain(
      "Instance 'slow-child' of 'lowerCase' has not ended: it waits for event 'go'.",
    );
  });
});
