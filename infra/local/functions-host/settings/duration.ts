const TIME_SPAN = /^(?:(\d+)[.:])?([01]?\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,7}))?$/;
const FROM_DAYS = /^(\d{1,7}):([01]?\d|2[0-3]):([0-5]\d)$/;

/**
 * .NET's `[d.]hh:mm:ss[.f]`, as host.json writes durations. Three numbers of which the first is no hour of a
 * day are days, hours and minutes there: `24:00:00` is 24 days.
 *
 * @returns milliseconds, or undefined if it is none
 */
export function parseTimeSpan(text: string): number | undefined {
  const match = TIME_SPAN.exec(text) ?? FROM_DAYS.exec(text);
  if (!match) return undefined;
  const [, days = "0", hours, minutes, seconds = "0", fraction = "0"] = match;
  const whole = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return (whole + Number(`0.${fraction}`)) * 1000;
}

/** .NET's usual form, without fractions: `00:05:00`, `1.00:00:00`. */
export function formatTimeSpan(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const pad = (value: number): string => String(value).padStart(2, "0");
  const days = Math.floor(seconds / 86_400);
  const time = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  return `${days > 0 ? `${days}.` : ""}${time.map(pad).join(":")}`;
}
