import type { Agenda } from "./agenda.ts";
import { Appointments } from "./appointments.ts";
import type { Appointment, Clock } from "./clock.ts";

/**
 * How many turns of the event loop must pass without a change until this program counts as at rest. A
 * chain of promises needs none of them; what was handed to the system (a socket that is ready) needs one.
 */
const QUIET_TURNS = 5;

/** The part of a virtual clock that each program has: its time, its appointments, its holds. */
export class LocalTime implements Clock {
  readonly #appointments = new Appointments();
  readonly #onChange: () => void;
  #now: number;
  #holds = 0;
  #changes = 0;
  #isFiring = false;

  /** @param onChange - an appointment was made or kept, or a hold began or ended */
  constructor(startsAt: number, onChange: () => void) {
    this.#now = startsAt;
    this.#onChange = onChange;
  }

  now(): number {
    return this.#now;
  }

  at(time: number, action: () => void, { isBackground = false }: Appointment = {}): () => void {
    if (Number.isNaN(time)) throw new RangeError("an appointment needs a time");
    const cancel = this.#appointments.add({ time, action, isBackground });
    // What is due needs no jump: it happens soon, even while something holds.
    if (time <= this.#now) setImmediate(() => this.fireDue());
    this.#change();
    return () => {
      cancel();
      this.#change();
    };
  }

  hold(): () => void {
    let isOver = false;
    this.#holds += 1;
    this.#change();
    return () => {
      if (isOver) return;
      isOver = true;
      this.#holds -= 1;
      this.#change();
    };
  }

  get isHeld(): boolean {
    return this.#holds > 0;
  }

  agenda(): Agenda {
    const foreground = this.#appointments.earliest("foreground");
    const background = this.#appointments.earliest("background");
    return {
      isHeld: this.isHeld,
      changes: this.#changes,
      ...(isReached(foreground) && { foreground }),
      ...(isReached(background) && { background }),
    };
  }

  /** Sets the time, and fires nothing yet. Time never goes back. */
  set(now: number): void {
    this.#now = Math.max(this.#now, now);
  }

  fireDue(): void {
    if (this.#isFiring) return;
    this.#isFiring = true;
    for (const { action } of this.#appointments.takeDue(this.#now)) {
      this.#changes += 1;
      try {
        action();
      } catch (error) {
        // As with a timer, it is nobody's to catch, and time goes on for the others.
        setImmediate(() => {
          throw error;
        });
      }
    }
    this.#isFiring = false;
    // An action may ask for something that is due at once.
    if (this.#appointments.isDue(this.#now)) setImmediate(() => this.fireDue());
    this.#change();
  }

  /** Resolves when this program is at rest, or as soon as something holds. */
  async rest(): Promise<void> {
    let quiet = 0;
    while (quiet < QUIET_TURNS && !this.isHeld) {
      const before = this.#changes;
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      quiet = this.#changes === before ? quiet + 1 : 0;
    }
  }

  #change(): void {
    this.#changes += 1;
    this.#onChange();
  }
}

/** What is put off for ever is waited for by nobody. */
function isReached(time: number | undefined): time is number {
  return time !== undefined && time < Infinity;
}
