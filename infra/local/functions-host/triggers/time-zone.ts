import { UsageError } from "../../program/usage-error.ts";

/** What the clocks on the wall show somewhere. Wall times are dates whose UTC fields are what they show. */
export interface TimeZone {
  wallTimeOf(instant: Date): Date;
  /** A time that clocks skip is taken as if they had not; of a time that comes twice, the first. */
  instantOf(wallTime: Date): Date;
  /** In minutes, for .NET's way to write local times. */
  offsetAt(instant: Date): number;
}

export const UTC: TimeZone = {
  wallTimeOf: (instant) => new Date(instant),
  instantOf: (wallTime) => new Date(wallTime),
  offsetAt: () => 0,
};

/**
 * The zone of timer functions: `WEBSITE_TIME_ZONE`, else `TZ`, else UTC, as in Azure on Linux.
 *
 * @throws {UsageError} if the first is no zone of the IANA database
 */
export function timeZoneOf(env: NodeJS.ProcessEnv): TimeZone {
  const { WEBSITE_TIME_ZONE: chosen, TZ: usual } = env;
  if (chosen) {
    const zone = zoneOf(chosen);
    if (zone) return zone;
    throw new UsageError(
      `WEBSITE_TIME_ZONE is '${chosen}', which is no zone such as Europe/Berlin. Names of Windows are not known here.`,
    );
  }
  // What the system takes from TZ is not only names: what is none means nothing to a function app.
  return (usual && zoneOf(usual)) || UTC;
}

function zoneOf(name: string): TimeZone | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return undefined;
  }
  return new NamedZone(format);
}

const MINUTE_MS = 60_000;

/** No zone is further from UTC. */
const FURTHEST_MS = 15 * 60 * MINUTE_MS;

class NamedZone implements TimeZone {
  readonly #format: Intl.DateTimeFormat;

  constructor(format: Intl.DateTimeFormat) {
    this.#format = format;
  }

  wallTimeOf(instant: Date): Date {
    const parts = new Map(
      this.#format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
    );
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    return new Date(
      Date.UTC(
        part("year"),
        part("month") - 1,
        part("day"),
        part("hour"),
        part("minute"),
        part("second"),
      ) + instant.getUTCMilliseconds(),
    );
  }

  instantOf(wallTime: Date): Date {
    // The offsets on both sides of any change near this time; the greater one gives the earlier instant.
    const offsets = [-FURTHEST_MS, FURTHEST_MS].map((distance) =>
      this.#offsetMs(new Date(wallTime.getTime() + distance)),
    );
    const candidates = offsets
      .map((offset) => new Date(wallTime.getTime() - offset))
      .toSorted((a, b) => a.getTime() - b.getTime());
    const shown = candidates.find(
      (instant) => this.wallTimeOf(instant).getTime() === wallTime.getTime(),
    );
    return shown ?? new Date(wallTime.getTime() - (offsets[0] ?? 0));
  }

  offsetAt(instant: Date): number {
    return this.#offsetMs(instant) / MINUTE_MS;
  }

  #offsetMs(instant: Date): number {
    return this.wallTimeOf(instant).getTime() - instant.getTime();
  }
}

/** `2030-01-01T09:00:00+02:00`, as .NET writes local times in JSON. */
export function toLocalText(instant: Date, zone: TimeZone): string {
  const offset = zone.offsetAt(instant);
  const minutes = Math.abs(offset);
  const hours = String(Math.floor(minutes / 60)).padStart(2, "0");
  const rest = String(minutes % 60).padStart(2, "0");
  const wall = zone.wallTimeOf(instant).toISOString().replace("Z", "");
  return `${wall}${offset < 0 ? "-" : "+"}${hours}:${rest}`;
}
