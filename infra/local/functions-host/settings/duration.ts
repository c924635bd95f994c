const TIME_SPAN = /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,7}))?$/;

/** .NET's `[d.]hh:mm:ss[.f]`, as host.json writes durations. @returns milliseconds, or undefined if it is none */
export function parseTimeSpan(text: string): number | undefined {
  const match = TIME_SPAN.exec(text);
  if (!match) return undefined;
  const [, days = "0", hours, minutes, seconds, fraction = "0"] = match;
  const whole = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return (whole + Number(`0.${fraction}`)) * 1000;
}
