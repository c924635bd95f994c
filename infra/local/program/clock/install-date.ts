import type { Clock } from "./clock.ts";

/**
 * Makes `Date` of this process tell the clock's time: `Date.now()`, `new Date()` and `Date()`. Everything
 * else about it stays, and dates made before are still dates.
 *
 * Only who looks at `Date` is told: `performance.now()`, `process.hrtime()`, the timers of Node, time-outs of
 * sockets and the validity of certificates go by real time. So timers must be appointments of the clock.
 * To be called before a program that shall be deceived is loaded, as it may keep `Date.now` for itself.
 *
 * @returns a function that puts the real one back
 */
export function installDate(clock: Clock): () => void {
  const real = globalThis.Date;
  const now = (): number => clock.now();
  const told: DateConstructor = new Proxy(real, {
    apply: () => new real(now()).toString(),
    construct: (target, values: unknown[], newTarget): Date => {
      const date: unknown = Reflect.construct(
        target,
        values.length === 0 ? [now()] : values,
        newTarget === told ? target : newTarget,
      );
      if (date instanceof real) return date;
      throw new TypeError("Date made something else");
    },
    get: (target, property, receiver): unknown =>
      property === "now" ? now : Reflect.get(target, property, receiver),
  });
  // Libraries compare `value.constructor` with `Date`.
  real.prototype.constructor = told;
  globalThis.Date = told;
  return () => {
    real.prototype.constructor = real;
    globalThis.Date = real;
  };
}
