import type { Log } from "../log.ts";
import { stackOf } from "../../program/reason-of.ts";

const CATEGORY = "Worker";

/**
 * Says why the process ends if the app, which runs in a process of its own in Azure, ends it. Azure starts another worker then, for the requests to come
 * (WorkerProcess.cs); here the host has ended with it, and is started again by whoever needs it.
 */
export function tellOfTheEnd(log: Log): void {
  // A promise that nobody caught comes here, too.
  process.on("uncaughtException", (error: unknown) => {
    const reason = stackOf(error);
    log.write("critical", CATEGORY, `Worker uncaught exception, which ends this host: ${reason}`);
    exit(1);
  });
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    const { stack = "" } = new Error("was called here");
    const from = stack.split("\n").slice(2).join("\n");
    log.write(
      "critical",
      CATEGORY,
      `The app ended this host with process.exit(${code ?? ""}):\n${from}`,
    );
    return exit(code);
  };
}
