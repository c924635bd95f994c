import { createTableRuns } from "../../shared/clients/storage/table-runs.ts";
import { startAzurite } from "../support/azurite.ts";
import { FakeRuns } from "../support/fakes/fake-runs.ts";
import { describeRuns } from "./runs.contract.ts";

describeRuns("fake", async () => ({ runs: new FakeRuns() }));

describeRuns("Azurite", async () => {
  const azurite = await startAzurite();
  return { runs: createTableRuns(azurite), teardown: async () => azurite.stop() };
});
