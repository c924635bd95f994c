import { createTableVersions } from "../../shared/clients/storage/table-versions.ts";
import { startAzurite } from "../support/azurite.ts";
import { FakeVersions } from "../support/fakes/fake-versions.ts";
import { describeVersions } from "./versions.contract.ts";

describeVersions("fake", async () => ({ versions: new FakeVersions() }));

describeVersions("Azurite", async () => {
  const azurite = await startAzurite();
  return { versions: createTableVersions(azurite), teardown: async () => azurite.stop() };
});
