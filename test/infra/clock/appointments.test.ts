import { describe, expect, test } from "vitest";

import { Appointments } from "../../../infra/local/program/clock/appointments.ts";

interface Wanted {
  readonly time: number;
  readonly isBackground?: boolean;
}

function book(wanted: readonly Wanted[]) {
  const appointments = new Appointments();
  const fired: number[] = [];
  const cancels = wanted.map(({ time, isBackground = false }, index) =>
    appointments.add({ time, isBackground, action: () => fired.push(index) }),
  );
  const fire = (now: number): number[] => {
    for (const { action } of appointments.takeDue(now)) action();
    return fired;
  };
  return { appointments, cancels, fire };
}

describe("Appointments", () => {
  test("come by their time, and those of the same time as they were made", () => {
    const { fire } = book([{ time: 30 }, { time: 10 }, { time: 30 }, { time: 20 }, { time: 10 }]);

    const fired = fire(30);

    expect(fired).toEqual([1, 4, 3, 0, 2]);
  });

  test("of both kinds are one order", () => {
    const { fire } = book([
      { time: 10 },
      { time: 10, isBackground: true },
      { time: 5, isBackground: true },
      { time: 10 },
    ]);

    const fired = fire(10);

    expect(fired).toEqual([2, 0, 1, 3]);
  });

  test("that are not due stay", () => {
    const { appointments, fire } = book([{ time: 10 }, { time: 11 }]);

    const fired = fire(10);

    expect(fired).toEqual([0]);
    expect([appointments.size, appointments.isDue(10), appointments.isDue(11)]).toEqual([
      1,
      false,
      true,
    ]);
  });

  test("made while others are taken wait for the next time", () => {
    const appointments = new Appointments();
    const fired: string[] = [];
    appointments.add({
      time: 1,
      isBackground: false,
      action: () => {
        fired.push("first");
        appointments.add({ time: 1, isBackground: false, action: () => fired.push("second") });
      },
    });

    for (const { action } of appointments.takeDue(1)) action();
    const after = [...fired];
    for (const { action } of appointments.takeDue(1)) action();

    expect(after).toEqual(["first"]);
    expect(fired).toEqual(["first", "second"]);
  });

  test("say which is the earliest of a kind, whatever was cancelled", () => {
    const { appointments, cancels } = book([
      { time: 5 },
      { time: 7 },
      { time: 3, isBackground: true },
    ]);

    cancels[0]?.();
    cancels[0]?.();

    expect(appointments.earliest("foreground")).toBe(7);
    expect(appointments.earliest("background")).toBe(3);
    expect(appointments.size).toBe(2);
  });

  test("keep their order through any cancelling", () => {
    const wanted = Array.from({ length: 500 }, (_, index) => ({ time: (index * 7919) % 101 }));
    const { cancels, fire } = book(wanted);
    const kept = wanted.map((_, index) => index).filter((index) => index % 3 !== 0);
    for (let index = 0; index < cancels.length; index += 3) cancels[index]?.();

    const fired = fire(101);

    expect(fired).toEqual(
      kept.toSorted(
        (one, other) => (wanted[one]?.time ?? 0) - (wanted[other]?.time ?? 0) || one - other,
      ),
    );
  });
});
