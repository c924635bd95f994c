import type { WaitingFor } from "./waiting-for.ts";

/** `activity 'charge' since 2030-01-01T00:00:00.000Z; event 'go'` */
export function describeWaiting(waiting: WaitingFor): string {
  const parts = [
    ...(waiting.isSuspended ? ["being resumed"] : []),
    ...waiting.activities.map(({ name, since }) => `activity '${name}' since ${since}`),
    ...waiting.timers.map(({ until }) => `timer until ${until}`),
    ...waiting.subOrchestrations.map(
      ({ name, instanceId, since }) =>
        `sub-orchestration '${name}' (instance '${instanceId}') since ${since}`,
    ),
    ...waiting.entityCalls.map(
      ({ entity, operation, since }) => `'${operation}' of entity ${entity} since ${since}`,
    ),
    ...waiting.events.map((name) => `event '${name}'`),
  ];
  const [most, rest] = [parts.slice(0, MOST_PARTS), parts.length - MOST_PARTS];
  if (parts.length === 0) return "nothing that this host knows of";
  return `${most.join("; ")}${rest > 0 ? `; and ${rest} more` : ""}`;
}

const MOST_PARTS = 10;
