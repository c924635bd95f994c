import { afterAll, beforeAll } from "vitest";

import { type HostProcess, startHost } from "./host-process.ts";
import { createLateClient, type ManagementClient } from "./management-client.ts";

export interface UsedHost {
  /** The one that runs; there is none before the first test. */
  readonly host: Pick<HostProcess, "url" | "port" | "keys" | "log">;
  readonly client: ManagementClient;
}

/** One host for all tests of a file or of a `describe`: started before the first, stopped after the last. */
export function useHost(
  app: string,
  args?: readonly string[],
  env?: Readonly<Record<string, string>>,
): UsedHost {
  let running: HostProcess | undefined;
  const current = (): HostProcess => {
    if (!running) throw new Error("The host has not been started yet.");
    return running;
  };

  beforeAll(async () => {
    running = await startHost(app, args, env);
  });

  afterAll(async () => {
    await running?.stop();
  });

  return {
    host: {
      get url() {
        return current().url;
      },
      get port() {
        return current().port;
      },
      get keys() {
        return current().keys;
      },
      log: () => current().log(),
    },
    client: createLateClient(() => ({
      url: current().url,
      systemKey: current().keys?.system ?? "",
    })),
  };
}
