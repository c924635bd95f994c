export type Outcome =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

/**
 * A promise that settles synchronously. The replay must see the consequences of one history event
 * before it looks at the next, as the single-threaded scheduler of DurableTask.Core does.
 */
export class Task {
  #outcome: Outcome | undefined;
  #watchers: (() => void)[] = [];

  static resolved(value?: unknown): Task {
    const task = new Task();
    task.settle({ ok: true, value });
    return task;
  }

  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /** Only the first outcome counts. */
  settle(outcome: Outcome): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }

  whenSettled(watcher: () => void): void {
    if (this.#outcome) watcher();
    else this.#watchers.push(watcher);
  }
}

/** Code that waits for tasks with `yield`, as an async function waits for promises with `await`. */
export type Steps = Generator<Task, unknown, unknown>;

/** Runs to the first task that has not settled, and goes on whenever that one settles. */
export function runSteps(steps: Steps): Task {
  const whole = new Task();
  advance(steps, whole, { ok: true, value: undefined });
  return whole;
}

function advance(steps: Steps, whole: Task, first: Outcome): void {
  let outcome: Outcome = first;
  for (;;) {
    let step: IteratorResult<Task, unknown>;
    try {
      step = outcome.ok ? steps.next(outcome.value) : steps.throw(outcome.error);
    } catch (error) {
      whole.settle({ ok: false, error });
      return;
    }
    if (step.done) {
      whole.settle({ ok: true, value: step.value });
      return;
    }
    const awaited = step.value;
    if (!awaited.outcome) {
      awaited.whenSettled(() => {
        if (awaited.outcome) advance(steps, whole, awaited.outcome);
      });
      return;
    }
    outcome = awaited.outcome;
  }
}

/** As .NET's: waits for every task even when one has failed, and then fails with the first failure. */
export function whenAll(tasks: readonly Task[]): Task {
  const all = new Task();
  let left = tasks.length;
  const check = (): void => {
    left -= 1;
    if (left > 0) return;
    const failure = tasks.find((task) => task.outcome?.ok === false)?.outcome;
    all.settle(failure ?? { ok: true, value: undefined });
  };
  for (const task of tasks) task.whenSettled(check);
  if (tasks.length === 0) all.settle({ ok: true, value: undefined });
  return all;
}

/** Succeeds as soon as one task has settled, failed ones included. */
export function whenAny(tasks: readonly Task[]): Task {
  const any = new Task();
  for (const task of tasks) task.whenSettled(() => any.settle({ ok: true, value: undefined }));
  return any;
}
