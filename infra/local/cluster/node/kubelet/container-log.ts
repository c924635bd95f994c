import { EventEmitter, once } from "node:events";

export interface LogEntry {
  readonly time: Date;
  /** One line with its line feed, or a part of a long line without. */
  readonly text: string;
}

export interface LogQuery {
  readonly tailLines?: number | undefined;
  readonly sinceMs?: number | undefined;
  readonly limitBytes?: number | undefined;
  readonly timestamps: boolean;
  readonly follow: boolean;
}

/** A log over this size loses its oldest lines. */
const MAX_BYTES = 1 << 20;

/** containerd: a line goes to the log at its line feed, or in parts of this size. */
const MAX_LINE = 16 * 1024;

type Stream = "out" | "err";

/**
 * What one run of a container wrote.
 *
 * As with containerd, text shows up only at a line feed or after 16 KiB: a progress bar that redraws
 * itself with carriage returns is not seen while it moves.
 */
export class ContainerLog {
  readonly #entries: LogEntry[] = [];
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #pending: Record<Stream, string> = { out: "", err: "" };
  #dropped = 0;
  #bytes = 0;
  #closed = false;

  /** Standard output; a line feed is added. */
  readonly line = (text: string): void => this.#write("out", `${text}\n`);

  /** Standard error; a line feed is added. */
  readonly errorLine = (text: string): void => this.#write("err", `${text}\n`);

  /** Standard error as it is: for progress bars. */
  readonly errorText = (text: string): void => this.#write("err", text);

  close(): void {
    for (const stream of ["out", "err"] as const) {
      if (this.#pending[stream]) this.#append(this.#pending[stream]);
      this.#pending[stream] = "";
    }
    this.#closed = true;
    this.#events.emit("change");
  }

  /** The log as text, piece by piece; with `follow` until the run has ended or `signal` aborts. */
  async *read(query: LogQuery, signal: AbortSignal): AsyncGenerator<string> {
    let next = this.#firstEntry(query);
    let left = query.limitBytes ?? Infinity;
    for (;;) {
      // Entries before `#dropped` are gone: a slow reader misses them.
      for (next = Math.max(next, this.#dropped); next < this.#end(); next++) {
        const entry = this.#entries[next - this.#dropped];
        if (!entry) continue;
        const text = query.timestamps ? `${entry.time.toISOString()} ${entry.text}` : entry.text;
        yield text.slice(0, left);
        left -= text.length;
        if (left <= 0) return;
      }
      if (this.#closed || !query.follow) return;
      try {
        await once(this.#events, "change", { signal });
      } catch {
        return;
      }
    }
  }

  #firstEntry({ tailLines, sinceMs }: LogQuery): number {
    let first = this.#dropped;
    if (sinceMs !== undefined) {
      const index = this.#entries.findIndex(({ time }) => time.getTime() >= sinceMs);
      first = index === -1 ? this.#end() : this.#dropped + index;
    }
    if (tailLines !== undefined) first = Math.max(first, this.#end() - tailLines);
    return first;
  }

  #end(): number {
    return this.#dropped + this.#entries.length;
  }

  #write(stream: Stream, text: string): void {
    if (this.#closed) return;
    let pending = this.#pending[stream] + text;
    for (;;) {
      const feed = pending.indexOf("\n");
      const length = feed !== -1 && feed < MAX_LINE ? feed + 1 : MAX_LINE;
      if (pending.length < length || (feed === -1 && pending.length < MAX_LINE)) break;
      this.#append(pending.slice(0, length));
      pending = pending.slice(length);
    }
    this.#pending[stream] = pending;
    this.#events.emit("change");
  }

  #append(text: string): void {
    this.#entries.push({ time: new Date(), text });
    this.#bytes += text.length;
    while (this.#bytes > MAX_BYTES && this.#entries.length > 1) {
      this.#bytes -= this.#entries.shift()?.text.length ?? 0;
      this.#dropped++;
    }
  }
}
