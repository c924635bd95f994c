const MINUTE_MS = 60_000;

/** Age of a wait (minutes) and by how much the first interval is stretched from then on. */
const STRETCH = [
  { fromMinutes: 60, factor: 30 },
  { fromMinutes: 10, factor: 12 },
  { fromMinutes: 1, factor: 3 },
] as const;

/**
 * How long to sleep before the next look: the older the wait, the longer (10 s, 30 s, 2 min, 5 min with
 * the default of 10 s). A look costs money and API calls; a wake event ends the sleep early anyway.
 */
export function intervalAfter(ageMs: number, firstIntervalMs: number): number {
  const stretch = STRETCH.find(({ fromMinutes }) => ageMs >= fromMinutes * MINUTE_MS);
  return firstIntervalMs * (stretch?.factor ?? 1);
}

/** Registry credentials live for about three hours; a long tuning pushes at its end. */
export const RENEW_CREDENTIALS_MS = 45 * MINUTE_MS;
