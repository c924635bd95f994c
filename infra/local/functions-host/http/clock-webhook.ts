import type { Clock } from "../../program/clock/clock.ts";
import { parseTimeSpan } from "../settings/duration.ts";
import { jsonAnswer } from "./answer.ts";
import type { Webhook } from "./webhook.ts";

/**
 * `GET clock` tells the host's time; `POST clock?advance=1.00:00:00` moves a virtual time on by that much,
 * whether or not anything waits for it, and answers when what that woke has come to rest.
 */
export function createClockWebhook(
  clock: Clock,
  advance: ((milliseconds: number) => Promise<void>) | undefined,
): Webhook {
  const tell = () => jsonAnswer(200, { now: new Date(clock.now()).toISOString() });
  return {
    name: "clock",
    async handle({ method, query }) {
      if (method === "GET") return tell();
      if (method !== "POST") return { status: 405, headers: { allow: "GET, POST" } };
      const milliseconds = parseTimeSpan(query.get("advance") ?? "");
      if (milliseconds === undefined) {
        return jsonAnswer(400, "Say how far with ?advance=[days.]hours:minutes:seconds.");
      }
      if (!advance) {
        return jsonAnswer(
          409,
          "Only the owner of a virtual time can move it: a host that was started with --virtual-time.",
        );
      }
      await advance(milliseconds);
      return tell();
    },
  };
}
