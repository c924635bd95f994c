export interface Booked {
  readonly time: number;
  readonly action: () => void;
  readonly isBackground: boolean;
}

interface Entry extends Booked {
  /** In which order they were made. */
  readonly turn: number;
  /** Where it is in its heap; -1 when it is out. */
  position: number;
}

/** Appointments by their time, those of the same time in the order they were made. */
export class Appointments {
  readonly #foreground = new Heap();
  readonly #background = new Heap();
  #turn = 0;

  /** @returns a function that cancels it */
  add(booked: Booked): () => void {
    const heap = booked.isBackground ? this.#background : this.#foreground;
    const entry = { ...booked, turn: this.#turn++, position: -1 };
    heap.push(entry);
    return () => heap.remove(entry);
  }

  get size(): number {
    return this.#foreground.size + this.#background.size;
  }

  /** The time of the earliest one of this kind. */
  earliest(kind: "foreground" | "background"): number | undefined {
    return (kind === "foreground" ? this.#foreground : this.#background).first?.time;
  }

  isDue(now: number): boolean {
    const next = this.#next();
    return next !== undefined && next.time <= now;
  }

  /** Takes out, one by one, what is due now. What is added meanwhile stays for the next time. */
  *takeDue(now: number): Generator<Booked> {
    const limit = this.#turn;
    for (;;) {
      const next = this.#next();
      if (next === undefined || next.time > now || next.turn >= limit) return;
      (next.isBackground ? this.#background : this.#foreground).remove(next);
      yield next;
    }
  }

  #next(): Entry | undefined {
    const { first: one } = this.#foreground;
    const { first: other } = this.#background;
    if (one === undefined || other === undefined) return one ?? other;
    return isBefore(one, other) ? one : other;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.time < other.time || (one.time === other.time && one.turn < other.turn);
}

/** A binary heap that can also let go of what is in its middle: most deadlines are never reached. */
class Heap {
  readonly #entries: Entry[] = [];

  get first(): Entry | undefined {
    return this.#entries[0];
  }

  get size(): number {
    return this.#entries.length;
  }

  push(entry: Entry): void {
    entry.position = this.#entries.length;
    this.#entries.push(entry);
    this.#rise(entry);
  }

  remove(entry: Entry): void {
    const { position } = entry;
    if (position < 0) return;
    entry.position = -1;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    this.#put(last, position);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(entry: Entry): void {
    while (entry.position > 0) {
      const above = this.#entries[(entry.position - 1) >> 1];
      if (above === undefined || !isBefore(entry, above)) return;
      this.#swap(entry, above);
    }
  }

  #sink(entry: Entry): void {
    for (;;) {
      const left = this.#entries[entry.position * 2 + 1];
      const right = this.#entries[entry.position * 2 + 2];
      const lesser = left && right && isBefore(right, left) ? right : left;
      if (lesser === undefined || !isBefore(lesser, entry)) return;
      this.#swap(entry, lesser);
    }
  }

  #swap(one: Entry, other: Entry): void {
    const { position } = one;
    this.#put(one, other.position);
    this.#put(other, position);
  }

  #put(entry: Entry, position: number): void {
    this.#entries[position] = entry;
    entry.position = position;
  }
}
