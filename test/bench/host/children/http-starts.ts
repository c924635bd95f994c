// 200 starts through an HTTP function of this host: `http-starts.ts http-200 ENGINE [DIRECTORY]`.
// Prints `{"http-200": ...}`, the milliseconds until all are accepted. The callers are in this process too.
import { setTimeout } from "node:timers/promises";

import { z } from "zod";

import {
  type FunctionsHost,
  startFunctionsHost,
} from "../../../../infra/local/functions-host/start-functions-host.ts";
import { WrongResult } from "../engine.ts";
import { ENGINE_IDS } from "../engines.ts";
import { BENCH_APP } from "../engines/functions-host.ts";

const STARTS = 200;
const CALLERS = 20;

const Arguments = z.tuple([z.literal("http-200"), z.enum(ENGINE_IDS), z.string().optional()]);
const Accepted = z.object({ statusQueryGetUri: z.url() });
const Status = z.object({ runtimeStatus: z.string(), output: z.unknown() });

const [workload, , directory] = Arguments.parse(process.argv.slice(2));
const host = await startFunctionsHost({
  root: BENCH_APP,
  host: "127.0.0.1",
  port: 0,
  dataDirectory: directory,
  env: process.env,
  log: (entry) => process.stderr.write(`${entry.message}\n`),
});
await Promise.all((await start(host, 40)).map(end));
const startedAt = performance.now();
const accepted = await start(host, STARTS);
const figure = performance.now() - startedAt;
await Promise.all(accepted.map(end));
await host.stop();
process.stdout.write(`${JSON.stringify({ [workload]: figure })}\n`);
process.exit(0);

/** @returns where to ask for each instance */
async function start({ url }: FunctionsHost, count: number): Promise<string[]> {
  const links: string[] = [];
  let left = count;
  const callers = Array.from({ length: CALLERS }, async () => {
    while (left > 0) {
      left -= 1;
      const response = await fetch(`${url}/api/begin`, { method: "POST" });
      if (response.status !== 202) throw new WrongResult(`a start was answered ${response.status}`);
      links.push(Accepted.parse(await response.json()).statusQueryGetUri);
    }
  });
  await Promise.all(callers);
  return links;
}

/** Not part of what is measured: each instance must end with the right output all the same. */
async function end(link: string): Promise<void> {
  for (;;) {
    const response = await fetch(link);
    const { runtimeStatus, output } = Status.parse(await response.json());
    if (response.status === 202) {
      await setTimeout(20);
      continue;
    }
    if (runtimeStatus !== "Completed" || output !== 1) {
      throw new WrongResult(`an instance ended as ${runtimeStatus} with ${JSON.stringify(output)}`);
    }
    return;
  }
}
