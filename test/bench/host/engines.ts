import type { Engine } from "./engine.ts";

export const ENGINE_IDS = [
  "host-memory",
  "host-disk",
  "durabletask",
  "openworkflow-memory",
  "openworkflow-disk",
  "resonate",
] as const;
export type EngineId = (typeof ENGINE_IDS)[number];

export const ENGINE_NAMES: Readonly<Record<EngineId, string>> = {
  "host-memory": "this host in memory",
  "host-disk": "this host on disk",
  durabletask: "durabletask-js in memory",
  "openworkflow-memory": "openworkflow in memory",
  "openworkflow-disk": "openworkflow on disk",
  resonate: "resonate in memory",
};

/** The packages that the bench installs for comparison. */
export const COMPARED_PACKAGES = [
  "@microsoft/durabletask-js",
  "openworkflow",
  "@resonatehq/sdk",
] as const;

/**
 * Loads one engine, and no other, into this process.
 *
 * @param directory of an engine that keeps a file
 */
export async function startEngine(id: EngineId, directory: string | undefined): Promise<Engine> {
  switch (id) {
    case "host-memory":
    case "host-disk": {
      const { startFunctionsHostEngine } = await import("./engines/functions-host.ts");
      return startFunctionsHostEngine(directory);
    }
    case "durabletask": {
      const { startDurabletaskEngine } = await import("./engines/durabletask.ts");
      return startDurabletaskEngine();
    }
    case "openworkflow-memory":
    case "openworkflow-disk": {
      const { startOpenWorkflowEngine } = await import("./engines/openworkflow.ts");
      return startOpenWorkflowEngine(directory);
    }
    case "resonate": {
      const { startResonateEngine } = await import("./engines/resonate.ts");
      return startResonateEngine();
    }
  }
}
