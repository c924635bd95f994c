// Loaded before a program (`node --import`), it ends the program at once when the process that started it
// is gone, however that one died. For programs to which kill -9 does no harm.
import { isMainThread } from "node:worker_threads";

if (isMainThread && process.connected) {
  process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
}
