import { once } from "node:events";
import net from "node:net";

import { UsageError } from "../usage-error.ts";
import { FromOwner, readMessages, sendMessage } from "./clock-wire.ts";
import type { Clock } from "./clock.ts";
import { LocalTime } from "./local-time.ts";

export interface JoinOptions {
  /** What the owner's log calls this program. */
  readonly name: string;
  /** The owner is gone: from now on time stands still. */
  readonly onLost: () => void;
}

export interface JoinedClock extends Clock {
  /** Lets time go on without this program. */
  leave(): void;
}

/**
 * Joins a clock that another program owns (`serveClock`).
 *
 * @returns when this program has the time, and time does not go on without it any more
 * @throws {UsageError} if no clock answers there
 */
export async function joinClock(
  address: string,
  { name, onLost }: JoinOptions,
): Promise<JoinedClock> {
  const socket = net.connect({ path: address });
  try {
    await once(socket, "connect");
  } catch (error) {
    throw new UsageError(
      `No clock answers at ${address}. Give --clock what the owner of the time printed when it started.`,
      { cause: error },
    );
  }
  let hasLeft = false;
  let lost = false;
  const member = new Member(socket);
  // What breaks a connection also closes it.
  socket.on("error", () => undefined);
  socket.once("close", () => {
    lost = true;
    member.welcomed.resolve();
    if (!hasLeft) onLost();
  });
  member.listen();
  sendMessage(socket, { name });
  await member.welcomed.promise;
  if (lost) throw new UsageError(`The clock at ${address} takes no more members, or is no clock.`);
  const { time } = member;
  return {
    now: () => time.now(),
    at: (when, action, appointment) => time.at(when, action, appointment),
    hold: () => time.hold(),
    leave() {
      hasLeft = true;
      // Not destroyed: what the owner has just asked would make that a broken connection.
      socket.end();
    },
  };
}

class Member {
  readonly time = new LocalTime(0, () => this.#notice());
  readonly welcomed = Promise.withResolvers<void>();
  readonly #socket: net.Socket;
  /** Whether the owner has looked since it was last given notice. */
  #wasAsked = false;

  constructor(socket: net.Socket) {
    this.#socket = socket;
  }

  listen(): void {
    readMessages(this.#socket, FromOwner, (message) => {
      if ("fire" in message) this.time.fireDue();
      else if ("time" in message) this.#setTime(message.time, message.number);
      else void this.#answer(message.number);
    });
  }

  #setTime(now: number, number: number): void {
    this.time.set(now);
    sendMessage(this.#socket, { answer: number });
    this.welcomed.resolve();
  }

  async #answer(number: number): Promise<void> {
    await this.time.rest();
    this.#wasAsked = true;
    sendMessage(this.#socket, { answer: number, agenda: this.time.agenda() });
  }

  /** One word after each question is enough; while something holds there is nothing to tell. */
  #notice(): void {
    if (!this.#wasAsked || this.time.isHeld) return;
    this.#wasAsked = false;
    sendMessage(this.#socket, { notice: true });
  }
}
