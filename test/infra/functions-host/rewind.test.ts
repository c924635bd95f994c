import { describe, expect, test } from "vitest";

import { FunctionLookup } from "../../../infra/local/functions-host/app/function-lookup.ts";
import {
  EventType,
  type Happening,
  type HistoryEvent,
  stampAt,
} from "../../../infra/local/functions-host/durable/history.ts";
import { rewindHistory } from "../../../infra/local/functions-host/durable/rewind.ts";
import { runOrchestrator } from "../../../infra/local/functions-host/durable/run-orchestrator.ts";
import { anInstance } from "./store.contract.ts";

const TIME = "2030-01-01T00:00:00.000Z";

const started: HistoryEvent = {
  EventType: EventType.ExecutionStarted,
  OrchestrationInstance: { InstanceId: "one", ExecutionId: "old" },
  ParentInstance: null,
  Name: "tune",
  Version: "",
  Input: null,
  Tags: null,
  ...stampAt(TIME),
};

function scheduled(id: number): HistoryEvent {
  return {
    EventType: EventType.TaskScheduled,
    Name: "train",
    Version: "",
    Input: "[null]",
    ...stampAt(TIME, id),
  };
}

function created(id: number, InstanceId: string): HistoryEvent {
  return {
    EventType: EventType.SubOrchestrationInstanceCreated,
    Name: "child",
    Version: "",
    InstanceId,
    Input: null,
    ...stampAt(TIME, id),
  };
}

function stamped(event: Happening): HistoryEvent {
  return { ...event, ...stampAt(TIME) };
}

function failed(kind: "TaskFailed" | "SubOrchestrationInstanceFailed", id: number): HistoryEvent {
  const common = { TaskScheduledId: id, Reason: "no", Details: "" };
  return stamped({ EventType: EventType[kind], ...common });
}

function completed(id: number): HistoryEvent {
  return stamped({ EventType: EventType.TaskCompleted, TaskScheduledId: id, Result: "1" });
}

describe("the history of a rewound orchestration", () => {
  test("is another execution's, without its end and its failed activities", () => {
    const end: HistoryEvent = {
      EventType: EventType.ExecutionCompleted,
      OrchestrationStatus: "Failed",
      Result: "no",
      ...stampAt(TIME),
    };
    const history = [
      started,
      scheduled(0),
      completed(0),
      scheduled(1),
      failed("TaskFailed", 1),
      end,
    ];

    const rewound = rewindHistory(history, "new");

    expect(rewound.history).toEqual([
      { ...started, OrchestrationInstance: { InstanceId: "one", ExecutionId: "new" } },
      scheduled(0),
      completed(0),
    ]);
    expect(rewound.subOrchestrations).toEqual([]);
  });

  test("keeps the beginnings of failed sub-orchestrations, which are rewound themselves", () => {
    const history = [
      started,
      created(0, "good"),
      created(1, "bad"),
      failed("SubOrchestrationInstanceFailed", 1),
    ];

    const rewound = rewindHistory(history, "new");

    expect(rewound.history.slice(1)).toEqual([created(0, "good"), created(1, "bad")]);
    expect(rewound.subOrchestrations).toEqual([{ taskId: 1, instanceId: "bad" }]);
  });
});

describe("an orchestration whose function is gone since it began", () => {
  test("fails, and names those that are there", async () => {
    const app = { functions: new FunctionLookup([]), invoke: () => Promise.resolve({}) };

    const answer = await runOrchestrator(app, anInstance("one"), []);

    expect(answer).toMatchObject({
      message: expect.stringContaining(
        "The function 'tune' doesn't exist, is disabled, or is not an orchestrator function. Additional info: No orchestrator functions are currently registered!",
      ),
    });
  });
});
