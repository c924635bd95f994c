import { once } from "node:events";

import { EXIT_OK, type ProgramContext } from "./program.ts";

/** Does nothing until the pusher signals it (kaito: pusher.sh, `killall -SIGCHLD pause`). */
export async function runPause({ resumption, signal }: ProgramContext): Promise<typeof EXIT_OK> {
  if (!signal.aborted) await Promise.race([resumption.sent, once(signal, "abort")]);
  return EXIT_OK;
}
