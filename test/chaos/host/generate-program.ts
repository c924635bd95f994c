import type { Random } from "../random.ts";
import type { Program, Step, SubProgram, Work } from "./program.ts";

export interface ProgramOptions {
  readonly counters: readonly string[];
  readonly depth: number;
  readonly mayHaveEvents: boolean;
  /** A suspended orchestration may find both sides of a race ended: then it would not be sure who wins. */
  readonly mayRace: boolean;
}

const DEEPEST = 2;
const HOUR = 60;
const DAY = 24 * HOUR;
/** The extension splits timers over 6 days into several. */
const LONG_TIMER = 8 * DAY;

/** @param key begins the names of everything in it */
export function generateProgram(key: string, random: Random, options: ProgramOptions): Program {
  const count = options.depth === 0 ? random.between(1, 6) : random.between(1, 3);
  const generator = new Generator(key, random, options);
  const steps = random.times(count, () => generator.step());
  return { key, items: 0, rounds: 1, steps, fails: false };
}

class Generator {
  readonly #key: string;
  readonly #random: Random;
  readonly #options: ProgramOptions;
  #names = 0;

  constructor(key: string, random: Random, options: ProgramOptions) {
    this.#key = key;
    this.#random = random;
    this.#options = options;
  }

  step(): Step {
    const random = this.#random;
    const makers: (() => Step)[] = [
      () => this.#quickWork(),
      () => this.#quickWork(),
      () => ({ do: "all", of: random.times(random.between(2, 5), () => this.#sureWork()) }),
      () => ({ do: "any", of: random.times(random.between(2, 3), () => this.#activity()) }),
      () => ({ do: "timer", minutes: random.pick([1, 30, random.between(1, 300), LONG_TIMER]) }),
      () => ({ do: "doomed", key: this.#name() }),
      () => ({ do: random.pick(["signal", "relay"]), ...this.#toCounter() }),
      () => this.#journal(),
      () => ({ do: "status", value: random.between(1, 99) }),
      () => this.#sub(random.happens(25)),
    ];
    const race = (): Step => this.#race();
    if (this.#options.mayRace) makers.push(race, race);
    const gather = (): Step => this.#gather();
    if (this.#options.mayHaveEvents) makers.push(() => this.#event(), gather);
    return this.#suspendable(random.pick(makers)());
  }

  /** Both sides of a long timer's split look at the clock, and a suspension makes them see another time. */
  #suspendable(step: Step): Step {
    const isSplit = step.do === "timer" && step.minutes === LONG_TIMER;
    return isSplit && !this.#options.mayRace ? { ...step, minutes: DAY } : step;
  }

  #quickWork(): Work {
    if (this.#random.happens(25)) return this.#flaky();
    return this.#random.happens(30) ? { do: "call", ...this.#toCounter() } : this.#activity();
  }

  /** What cannot fail: `Task.all` goes on at the first failure in the library, and at the last in the host. */
  #sureWork(): Work {
    const random = this.#random;
    if (random.happens(15)) return { do: "timer", minutes: random.between(1, 120) };
    if (random.happens(20)) return this.#sub(false);
    if (this.#options.mayHaveEvents && random.happens(20)) return this.#event();
    return this.#quickWork();
  }

  #activity(): Work {
    return { do: "activity", key: this.#name(), value: this.#random.between(1, 99) };
  }

  #flaky(): Work {
    const failures = this.#random.between(1, 2);
    return { do: "flaky", key: this.#name(), value: this.#random.between(1, 99), failures };
  }

  #event(): Extract<Work, { do: "event" }> {
    return { do: "event", name: this.#name() };
  }

  #gather(): Step {
    return { do: "gather", name: this.#name(), count: this.#random.between(2, 3) };
  }

  #journal(): Step {
    const random = this.#random;
    const values = random.times(random.between(1, 3), () => random.between(1, 99));
    return { do: "journal", key: this.#name(), values };
  }

  /**
   * No retries inside: a cancelled timer ends its race at once when it is replayed, and ids of later attempts
   * would go to what follows (a known bug of the extension, kept).
   */
  #race(): Step {
    const random = this.#random;
    if (random.happens(65)) {
      const { mayHaveEvents } = this.#options;
      const work =
        mayHaveEvents && random.happens(40)
          ? this.#event()
          : random.pick([
              () => this.#activity(),
              (): Work => ({ do: "call", ...this.#toCounter() }),
            ])();
      return { do: "race", work, minutes: random.between(1, 3) * DAY, winner: "work" };
    }
    const work: Work = random.pick([
      this.#event(),
      { do: "timer", minutes: random.between(1, 3) * DAY },
    ]);
    return { do: "race", work, minutes: random.between(1, 300), winner: "timer" };
  }

  #sub(mayFail: boolean): Work {
    const random = this.#random;
    if (this.#options.depth >= DEEPEST) return this.#activity();
    const key = this.#name();
    const fails = mayFail && random.happens(60);
    const program: Program = {
      ...generateProgram(key, random, {
        ...this.#options,
        depth: this.#options.depth + 1,
        mayHaveEvents: false,
      }),
      rounds: random.happens(30) ? random.between(2, 3) : 1,
      fails,
    };
    const sub: SubProgram = {
      do: "sub",
      program,
      id: random.happens(50) ? key : null,
      attempts: fails && random.happens(50) ? 2 : 1,
    };
    return sub;
  }

  #toCounter(): { readonly counter: string; readonly value: number } {
    return {
      counter: this.#random.pick(this.#options.counters),
      value: this.#random.between(1, 9),
    };
  }

  #name(): string {
    this.#names += 1;
    return `${this.#key}-${this.#names}`;
  }
}
