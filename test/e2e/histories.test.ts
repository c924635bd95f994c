import { expect, test } from "vitest";

import { orchestrationNames } from "../../shared/contracts/orchestrations.ts";
import { startProgram } from "./support/programs.ts";

const HOST = "infra/local/functions-host/main.ts";

test("the orchestrations do what they did when their histories were recorded", async () => {
  const settings = ["--settings", "test/histories/support/settings.json"];

  const { finished } = startProgram(HOST, ["replay", ...settings, "--json", "test/histories"]);
  const { code, stdout, stderr } = await finished;

  // If this is on purpose: node test/histories/record-histories.ts
  expect(code, `${stdout}${stderr}`).toBe(0);
  const { orchestrations } = JSON.parse(stdout) as { orchestrations: string[] };
  expect(orchestrations).toEqual(Object.values(orchestrationNames).toSorted());
});
