import { once } from "node:events";
import http from "node:http";

import { listen } from "../../../../program/listen.ts";
import type { ContainerExit } from "../../kubelet/container-record.ts";
import { EXIT_OK, type ProgramContext } from "../program.ts";
import { loadAdapters } from "./load-adapters.ts";
import { createModelHandler, type ServedModel } from "./model-handler.ts";
import { readServerArguments } from "./server-arguments.ts";

const PORT = 5000;

/** kaito: presets/workspace/inference/vllm/inference_api.py, without the model. */
export async function runModelServer(context: ProgramContext): Promise<ContainerExit> {
  const { busy, expose, fault, files, log, signal, timings } = context;
  const options = await readServerArguments(context);
  let served: ServedModel | undefined;
  const server = http.createServer(createModelHandler(() => served));
  server.requestTimeout = 30_000;
  const port = await listen(server, { host: "127.0.0.1", port: 0, option: "" });
  expose(PORT, port);
  try {
    log.line(`[stand-in] no model runs here: answers come from the adapters' training rows`);
    log.line(`INFO Starting to load model ${options.servedModelName}...`);
    await busy.delay(timings.modelLoad, { signal });
    if (fault?.fault === "serving-crash-loops") {
      throw new Error(
        "RuntimeError: Engine core initialization failed (fault serving-crash-loops)",
      );
    }
    const adapters = await loadAdapters(files, options);
    for (const { name, root } of adapters)
      log.line(`INFO Loaded new LoRA adapter: name '${name}', path '${root}'`);
    served = {
      name: options.servedModelName,
      adapters,
      created: Math.floor(Date.now() / 1000),
      healthy: fault?.fault !== "serving-never-ready",
    };
    log.line(`INFO Uvicorn running on http://0.0.0.0:${PORT}`);
    if (!signal.aborted) await busy.wait(() => once(signal, "abort"));
    return EXIT_OK;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
