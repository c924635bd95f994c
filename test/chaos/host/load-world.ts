import path from "node:path";

import { loadApp } from "../../../infra/local/functions-host/app/load-app.ts";
import { createLog } from "../../../infra/local/functions-host/log.ts";
import { readHostJson } from "../../../infra/local/functions-host/settings/host-json.ts";
import type { OpenStore, World } from "./world.ts";

/** Loads the app that runs every scenario; a process can do so once. */
export async function loadWorld(openStore: OpenStore): Promise<World> {
  const root = path.join(import.meta.dirname, "app");
  const log = createLog(() => undefined, { default: "none" });
  const app = await loadApp({ root, env: {}, log, durableClient: "{}" });
  return { app, openStore, settings: readHostJson(root, {}).extensions.durableTask };
}
