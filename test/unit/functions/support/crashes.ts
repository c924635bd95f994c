import { PermanentError } from "../../../../shared/errors.ts";

/** The worker dies here: neither transient nor permanent, because nobody is left to say so. */
export class Crash extends Error {
  override readonly name = "Crash";
}

interface Ending {
  readonly answer: unknown;
  readonly state: unknown;
}

interface Scene<World> {
  /** A new world each time. */
  readonly arrange: () => Promise<World>;
  readonly act: (world: World) => Promise<unknown>;
  /** Whatever stands in the world afterwards. */
  readonly look: (world: World) => Promise<unknown>;
}

export interface Crashes {
  readonly undisturbed: Ending;
  /** The ending when the worker died after that many calls and the activity was called again. */
  readonly crashed: Readonly<Record<string, Ending>>;
}

/** Dies behind each call of a port in turn, each time in a world of its own, and acts once more. */
export async function crashEverywhere<World extends object>(scene: Scene<World>): Promise<Crashes> {
  const { arrange, act, look } = scene;
  const undisturbed = await arrange();
  const first = { answer: await answerOf(act(undisturbed)), state: await look(undisturbed) };

  const crashed: Record<string, Ending> = {};
  for (let calls = 1; ; calls++) {
    const world = await arrange();
    const doomed = new Doomed(calls);
    await answerOf(act(doomed.wrapAll(world)));
    if (doomed.diedAt === undefined) return { undisturbed: first, crashed };
    const answer = await answerOf(act(world));
    crashed[`${calls}: ${doomed.diedAt}`] = { answer, state: await look(world) };
  }
}

/** An activity reports what is settled as a value; so that is an ending like any other. */
async function answerOf(acting: Promise<unknown>): Promise<unknown> {
  try {
    return await acting;
  } catch (error) {
    if (error instanceof PermanentError) return { failed: error.code, message: error.message };
    if (error instanceof Crash) return undefined;
    throw error;
  }
}

class Doomed {
  diedAt: string | undefined;
  #left: number;

  constructor(calls: number) {
    this.#left = calls;
  }

  wrapAll<World extends object>(world: World): World {
    const wrapped = Object.entries(world).map(([name, part]: [string, unknown]) => [
      name,
      isPort(part) ? this.#wrap(name, part) : part,
    ]);
    return Object.fromEntries(wrapped) as World;
  }

  #wrap(name: string, port: object): object {
    return new Proxy(port, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key, target);
        if (typeof member !== "function") return member;
        return (...given: unknown[]) => {
          // A dead worker does nothing more, and above all does not clean up.
          if (this.diedAt !== undefined) throw new Crash(this.diedAt);
          const result: unknown = Reflect.apply(member, target, given);
          return result instanceof Promise ? this.#count(`${name}.${String(key)}`, result) : result;
        };
      },
    });
  }

  async #count(call: string, result: Promise<unknown>): Promise<unknown> {
    const value = await result;
    this.#left -= 1;
    if (this.#left === 0) this.diedAt = call;
    if (this.#left <= 0) throw new Crash(call);
    return value;
  }
}

function isPort(part: unknown): part is object {
  return typeof part === "object" && part !== null && !Array.isArray(part);
}
