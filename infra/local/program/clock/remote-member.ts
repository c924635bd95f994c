import type { Socket } from "node:net";

import type { Agenda } from "./agenda.ts";
import { FromMember, readMessages, sendMessage } from "./clock-wire.ts";
import type { ClockMember, VirtualClock } from "./virtual-clock.ts";

/** Who does not say a name for so long is no member. */
const NAME_LIMIT_MS = 5000;

export interface RemoteMemberOptions {
  readonly socket: Socket;
  readonly clock: VirtualClock;
  readonly log: (message: string) => void;
  /** After how much real time without an answer the log says for whom all are waiting. */
  readonly patienceMs: number;
}

type Answer = Agenda | undefined;

/** A program that joined through a socket. It is left out when the socket closes. */
export class RemoteMember implements ClockMember {
  readonly #socket: Socket;
  readonly #clock: VirtualClock;
  readonly #log: (message: string) => void;
  readonly #patienceMs: number;
  readonly #questions = new Map<number, (answer: Answer) => void>();
  #number = 0;
  #name = "";
  #membership: ReturnType<VirtualClock["join"]> | undefined;

  constructor({ socket, clock, log, patienceMs }: RemoteMemberOptions) {
    this.#socket = socket;
    this.#clock = clock;
    this.#log = log;
    this.#patienceMs = patienceMs;
  }

  get name(): string {
    return this.#name;
  }

  listen(): void {
    const tooLate = setTimeout(() => {
      if (this.#membership === undefined) this.#socket.destroy();
    }, NAME_LIMIT_MS);
    readMessages(this.#socket, FromMember, (message) => this.#receive(message));
    this.#socket.on("error", (error) => {
      this.#log(`${this.#name || "somebody"} is cut off from the clock: ${error.message}`);
    });
    this.#socket.once("close", () => {
      clearTimeout(tooLate);
      this.#membership?.leave();
      for (const resolve of this.#questions.values()) resolve(undefined);
      this.#questions.clear();
    });
  }

  async setTime(now: number): Promise<void> {
    await this.#question((number) => ({ time: now, number }));
  }

  fireDue(): void {
    sendMessage(this.#socket, { fire: true });
  }

  ask(): Promise<Answer> {
    return this.#question((number) => ({ ask: true, number }));
  }

  #question(
    message: (number: number) => { time: number; number: number } | { ask: true; number: number },
  ): Promise<Answer> {
    if (!this.#socket.writable) return Promise.resolve(undefined);
    const number = this.#number++;
    return new Promise((resolve) => {
      const impatience = setTimeout(() => {
        this.#log(`the clock stands still: ${this.#name} does not answer`);
      }, this.#patienceMs);
      this.#questions.set(number, (answer) => {
        clearTimeout(impatience);
        resolve(answer);
      });
      sendMessage(this.#socket, message(number));
    });
  }

  #receive(message: FromMember): void {
    if ("name" in message) {
      this.#welcome(message.name);
      return;
    }
    if (this.#membership === undefined) {
      this.#socket.destroy(new Error("its first message is not its name"));
      return;
    }
    if ("notice" in message) {
      this.#membership.notice();
      return;
    }
    const resolve = this.#questions.get(message.answer);
    this.#questions.delete(message.answer);
    resolve?.(message.agenda);
  }

  #welcome(name: string): void {
    if (this.#membership !== undefined) {
      this.#socket.destroy(new Error("it said its name twice"));
      return;
    }
    this.#name = name;
    this.#membership = this.#clock.join(this);
  }
}
