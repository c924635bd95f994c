// Records the golden histories beside this file anew: `node test/histories/record-histories.ts`.
//
// For orchestrations that were changed on purpose. What the change does to instances that are running is
// a question of versions, which recording anew does not answer.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir, hostname, tmpdir } from "node:os";
import path from "node:path";

import { buildApp } from "../../infra/build.ts";
import { type Lab, startLab } from "../e2e/support/lab.ts";
import { startProgram } from "../e2e/support/programs.ts";
import { SECRETS } from "../e2e/support/secrets.ts";
import { runScenarios } from "./support/scenarios.ts";

const DIRECTORY = import.meta.dirname;
const REPOSITORY = path.resolve(DIRECTORY, "../..");
const HOST = "infra/local/functions-host/main.ts";

await buildApp();
const lab = await startLab();
try {
  await record(lab, await runScenarios(lab));
} finally {
  await lab.stop();
}
check();

async function record({ stack }: Lab, instances: readonly string[]): Promise<void> {
  for (const name of savedFiles()) rmSync(path.join(DIRECTORY, name));
  const data = path.join(path.dirname(stack.localFile), "functions-host");
  const only = instances.flatMap((instance) => ["--instance", instance]);
  const { finished } = startProgram(HOST, ["record", "--data", data, "--out", DIRECTORY, ...only]);
  const { code, stdout, stderr } = await finished;
  if (code !== 0) throw new Error(`The histories were not recorded: ${stderr}`);
  process.stdout.write(stdout);
}

/** They are kept and shown: nothing in them may be secret, or belong to one machine. */
function check(): void {
  const places = [REPOSITORY, homedir(), hostname(), path.join(tmpdir(), "rollforward-")];
  for (const name of savedFiles()) {
    const text = readFileSync(path.join(DIRECTORY, name), "utf8");
    const found = [
      ...Object.entries(SECRETS).flatMap(([what, pattern]) => (pattern.test(text) ? [what] : [])),
      ...places.filter((place) => text.includes(place)),
    ];
    if (found.length > 0) throw new Error(`${name} has ${found.join(", ")}: do not commit it`);
  }
}

function savedFiles(): string[] {
  return readdirSync(DIRECTORY).filter((name) => name.endsWith(".json"));
}
