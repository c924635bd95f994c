import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { createDurableEngine } from "../../../../functions/triggers/durable-engine.ts";
import { TransientError } from "../../../../shared/errors.ts";
import type { Engine } from "../../../../shared/ports/engine.ts";
import { type DurableExtension, startDurableExtension } from "../support/durable-extension.ts";

const START = "POST /orchestrators/run/support-404";
const STATUS = "GET /instances/support-404";
const WAKE = "POST /instances/support-404/raiseEvent/wake";

// The name holds "404", because a text that quotes it must not be taken for an answer of 404.
const ID = "support-404";

const TROUBLE = {
  status: 500,
  body: { Message: `Something went wrong while processing your request for ${ID}` },
};

function status(runtimeStatus: string) {
  const at = "2026-03-01T12:00:00Z";
  const body = { name: "run", instanceId: ID, runtimeStatus, createdTime: at, lastUpdatedTime: at };
  return { status: 200, body: { ...body, input: null, output: null } };
}

let extension: DurableExtension;
let engine: Engine;

beforeEach(async () => {
  extension = await startDurableExtension();
  engine = createDurableEngine(extension.client);
});

afterEach(async () => {
  await extension.stop();
});

describe("find", () => {
  test.each([
    ["Running", "running"],
    ["Pending", "running"],
    ["Suspended", "running"],
    ["ContinuedAsNew", "running"],
    ["Completed", "ended"],
    ["Failed", "ended"],
    ["Terminated", "ended"],
    ["Canceled", "ended"],
  ])("calls an instance that is %s %s", async (runtimeStatus, found) => {
    extension.replies.set(STATUS, status(runtimeStatus));

    expect(await engine.find(ID)).toBe(found);
  });

  test("finds no instance where there is none", async () => {
    expect(await engine.find(ID)).toBeUndefined();
  });

  test("takes trouble for trouble, not for an absent instance", async () => {
    extension.replies.set(STATUS, TROUBLE);

    await expect(engine.find(ID)).rejects.toThrow(TransientError);
  });
});

describe("start", () => {
  test("starts under the given id", async () => {
    extension.replies.set(START, { status: 202, body: { id: ID } });

    await engine.start("run", ID, { run: ID });

    expect(extension.asked).toEqual([`${START} {"run":"support-404"}`]);
  });

  test("is content when the host says that it exists already", async () => {
    const Message = "An Orchestration instance with the status Running already exists.";
    extension.replies.set(START, { status: 500, body: { Message } });

    await expect(engine.start("run", ID, {})).resolves.toBeUndefined();
  });

  test("is content when the host says nothing useful and the instance runs", async () => {
    extension.replies.set(START, TROUBLE);
    extension.replies.set(STATUS, status("Pending"));

    await expect(engine.start("run", ID, {})).resolves.toBeUndefined();
  });

  test.each(["absent", "Completed"])("fails on trouble when the instance is %s", async (state) => {
    extension.replies.set(START, TROUBLE);
    if (state !== "absent") extension.replies.set(STATUS, status(state));

    const starting = engine.start("run", ID, {});

    await expect(starting).rejects.toThrow(
      /^STORAGE_UNAVAILABLE: The engine did not start support-404: /,
    );
  });
});

describe("wake", () => {
  test("raises the event", async () => {
    extension.replies.set(WAKE, { status: 202 });

    await engine.wake(ID);

    expect(extension.asked).toEqual([`${WAKE} {}`]);
  });

  test.each([404, 410])("is content with an instance that is gone: %i", async (code) => {
    extension.replies.set(WAKE, { status: code });

    await expect(engine.wake(ID)).resolves.toBeUndefined();
  });

  test("fails on trouble", async () => {
    extension.replies.set(WAKE, TROUBLE);

    await expect(engine.wake(ID)).rejects.toThrow(
      /^STORAGE_UNAVAILABLE: .* did not wake support-404: /,
    );
  });

  test("gives away no key of the host, and keeps no request that holds one", async () => {
    const body = { url: "https://host.example/x?code=SECRET", more: "y".repeat(1000) };
    extension.replies.set(WAKE, { status: 500, body });

    const error: unknown = await engine.wake(ID).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(TransientError);
    expect(error).not.toHaveProperty("cause");
    const { message } = error as TransientError;
    expect(message).toContain("https://host.example/x");
    expect(message).not.toContain("SECRET");
    expect(message.length).toBeLessThan(400);
  });

  test("fails as something that may pass when nobody listens", async () => {
    await extension.stop();
    const waking = engine.wake(ID);

    await expect(waking).rejects.toThrow(TransientError);
    extension = await startDurableExtension();
  });
});
