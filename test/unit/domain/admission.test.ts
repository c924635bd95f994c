import { describe, expect, test } from "vitest";

import { emptyAdmission, finished, offer } from "../../../shared/domain/admission.ts";

describe("admission (overlap: queue)", () => {
  const at = { pipeline: "support", highestSequence: 0 };

  test("one run at a time; the next request waits, and runs when the first has ended", () => {
    const [one, first] = offer(emptyAdmission, { request: "r1", ...at });
    const [two, second] = offer(one, { request: "r2", ...at });
    const [three, third] = finished(two, { run: "support-1", ...at });

    expect(first).toEqual({ start: { run: "support-1", requests: ["r1"] } });
    expect(second).toEqual({});
    expect(third).toEqual({ start: { run: "support-2", requests: ["r2"] } });
    expect(three.waiting).toEqual([]);
  });

  test("the same answer however often a request is offered", () => {
    const [one, first] = offer(emptyAdmission, { request: "r1", ...at });
    const [again, second] = offer(one, { request: "r1", ...at });
    const [waiting] = offer(again, { request: "r2", ...at });
    const [still] = offer(waiting, { request: "r2", ...at });

    expect(second).toEqual(first);
    expect(again).toBe(one);
    expect(still.waiting).toEqual(["r2"]);
  });

  test("an end that is told twice starts nothing twice", () => {
    const [one] = offer(emptyAdmission, { request: "r1", ...at });
    const [two] = offer(one, { request: "r2", ...at });
    const [three] = finished(two, { run: "support-1", ...at });
    const [, again] = finished(three, { run: "support-1", ...at });

    expect(again).toEqual({});
  });

  test("numbers go on from the table's when the entity was lost", () => {
    const [state, answer] = offer(emptyAdmission, {
      request: "r9",
      pipeline: "support",
      highestSequence: 41,
    });

    expect(answer.start?.run).toBe("support-42");
    expect(state.sequence).toBe(42);
  });
});
