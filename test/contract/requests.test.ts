import { createTableRequests } from "../../shared/clients/storage/table-requests.ts";
import { startAzurite } from "../support/azurite.ts";
import { FakeRequests } from "../support/fakes/fake-requests.ts";
import { describeRequests } from "./requests.contract.ts";

describeRequests("fake", async () => ({ requests: new FakeRequests() }));

describeRequests("Azurite", async () => {
  const azurite = await startAzurite();
  return { requests: createTableRequests(azurite), teardown: async () => azurite.stop() };
});
