import { type Agenda, isUnchanged, nextStop } from "./agenda.ts";
import type { Appointment, Clock } from "./clock.ts";
import { LocalTime } from "./local-time.ts";

/** Another program that lives in the time of a virtual clock, as its owner sees it. */
export interface ClockMember {
  readonly name: string;
  /** Tells the time; resolves when the member has it, or is gone. */
  setTime(now: number): Promise<void>;
  /** Everybody has the new time: do what is due. */
  fireDue(): void;
  /** Asks whether it is at rest, and for what it waits. Undefined: it is gone. */
  ask(): Promise<Agenda | undefined>;
}

/** What a clock waits for: for people who wonder why time stands still. */
export interface ClockStatus {
  readonly now: number;
  readonly own: Agenda;
  /** What each member said last; undefined: it has not answered yet. */
  readonly members: Readonly<Record<string, Agenda | undefined>>;
}

/**
 * A clock that stands still while anything is being done, and else jumps to the next appointment.
 *
 * It may be shared with other programs (clock-server.ts). Then it asks all of them before each jump, twice
 * if there are several: two rounds of answers that say the same mean that at the instant in between nobody
 * was at work. Since whoever sends a request holds the clock until the answer is there, no request was
 * under way at that instant either, and all that it led to was registered.
 */
export class VirtualClock implements Clock {
  readonly #local: LocalTime;
  /** With what each said last. */
  readonly #members = new Map<ClockMember, Agenda | undefined>();
  #arrivals: (() => void)[] = [];
  #hasNews = false;
  #isWorking = false;
  #isStopped = false;
  #isMoving = false;
  /** Counts who came and went: what the others said before that does not hold any more. */
  #membership = 0;

  /** @param startsAt - milliseconds since 1970 */
  constructor(startsAt: number) {
    this.#local = new LocalTime(startsAt, () => this.#wake());
  }

  now(): number {
    return this.#local.now();
  }

  at(time: number, action: () => void, appointment?: Appointment): () => void {
    return this.#local.at(time, action, appointment);
  }

  hold(): () => void {
    return this.#local.hold();
  }

  /**
   * Moves on by that much, whether or not anybody waits for it; everything on the way happens.
   *
   * @returns when the time is there and what happened has come to rest
   */
  async advance(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.at(this.now() + milliseconds, () => this.#arrivals.push(resolve));
    });
  }

  /** Time does not go on without the member from here on. @returns what to call when the member has something new to say, and when it goes */
  join(member: ClockMember): { readonly notice: () => void; readonly leave: () => void } {
    this.#members.set(member, undefined);
    this.#membership += 1;
    // Who comes in the middle of a jump begins at its end.
    if (!this.#isMoving) void member.setTime(this.now());
    this.#wake();
    return {
      notice: () => this.#wake(),
      leave: () => {
        this.#members.delete(member);
        this.#membership += 1;
        this.#wake();
      },
    };
  }

  status(): ClockStatus {
    const members = Array.from(this.#members, ([{ name }, agenda]) => [name, agenda] as const);
    return { now: this.now(), own: this.#local.agenda(), members: Object.fromEntries(members) };
  }

  /** Time stands still from now on. */
  stop(): void {
    this.#isStopped = true;
  }

  #wake(): void {
    this.#hasNews = true;
    if (this.#isWorking || this.#isStopped) return;
    this.#isWorking = true;
    void this.#work();
  }

  async #work(): Promise<void> {
    while (this.#hasNews && !this.#isStopped) {
      this.#hasNews = false;
      const agendas = await this.#lookAround();
      if (agendas && !this.#isStopped) await this.#goOn(agendas);
    }
    this.#isWorking = false;
  }

  /** What everybody waits for; undefined while somebody is at work, who will give notice of its end. */
  async #lookAround(): Promise<readonly Agenda[] | undefined> {
    let before: readonly Agenda[] | undefined;
    for (;;) {
      await this.#local.rest();
      const own = this.#local.agenda();
      if (own.isHeld || this.#isStopped) return undefined;
      const membership = this.#membership;
      const answers = await Promise.all(
        Array.from(this.#members.keys(), (member) => this.#ask(member)),
      );
      if (this.#local.agenda().changes !== own.changes || this.#membership !== membership) {
        before = undefined;
        continue;
      }
      const all = [own, ...answers.filter((answer) => answer !== undefined)];
      if (all.some(({ isHeld }) => isHeld)) return undefined;
      if (this.#members.size < 2 || (before && isUnchanged(before, all))) return all;
      before = all;
    }
  }

  async #ask(member: ClockMember): Promise<Agenda | undefined> {
    const agenda = await member.ask();
    if (this.#members.has(member)) this.#members.set(member, agenda);
    return agenda;
  }

  async #goOn(agendas: readonly Agenda[]): Promise<void> {
    const arrivals = this.#arrivals;
    if (arrivals.length > 0) {
      this.#arrivals = [];
      // Whoever waited for it comes first, and may hold the clock.
      for (const arrive of arrivals) arrive();
      this.#hasNews = true;
      return;
    }
    const stop = nextStop(agendas);
    if (stop === undefined) return;
    this.#hasNews = true;
    await this.#moveTo(stop);
  }

  /** All have the new time before anybody acts on it: none sees a request from its future. */
  async #moveTo(time: number): Promise<void> {
    const target = Math.max(time, this.now());
    const told = new Set(this.#members.keys());
    this.#isMoving = true;
    await Promise.all(Array.from(told, (member) => member.setTime(target)));
    this.#isMoving = false;
    this.#local.set(target);
    for (const member of this.#members.keys()) {
      if (told.has(member)) member.fireDue();
      else void member.setTime(target);
    }
    this.#local.fireDue();
  }
}
