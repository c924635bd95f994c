import { pushAdapterImage } from "../support/adapter-image.ts";
import { FakeAdapters } from "../support/fakes/fake-adapters.ts";
import { documentsOf, startAdapterRegistry } from "./adapters-registry.ts";
import { describeAdapters } from "./adapters.contract.ts";

describeAdapters("fake", async () => {
  const adapters = new FakeAdapters();
  return {
    adapters,
    host: "registry.example",
    push: async (repository, tag, { facts, model }) =>
      adapters.push(repository, tag, { ...facts, model, problems: [] }),
    documents: async (repository, digest, type) => adapters.documents(repository, digest, type),
  };
});

describeAdapters("registry", async () => {
  const registry = await startAdapterRegistry();
  const { adapters, client, loginServer } = registry;
  return {
    adapters,
    host: loginServer,
    push: async (repository, tag, image) => pushAdapterImage(client, repository, tag, image),
    documents: async (repository, digest, type) =>
      documentsOf(client, repository, `referrers/${digest}`, type),
    teardown: async () => registry.stop(),
  };
});
