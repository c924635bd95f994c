import { once } from "node:events";

import { EXIT_OK, type ProgramContext } from "./program.ts";

/** Does nothing until the pusher signals it (kaito: pusher.sh, `killall -SIGCHLD pause`). */
export async function runPause({
  busy,
  resumption,
  signal,
}: ProgramContext): Promise<typeof EXIT_OK> {
  if (!signal.aborted) {
    await busy.wait(() => Promise.race([resumption.sent, once(signal, "abort")]));
  }
  return EXIT_OK;
}
