import type { TokenCredential } from "@azure/core-auth";
import { z } from "zod";

import { createRegistryAdapters } from "../../shared/clients/registry/registry-adapters.ts";
import type { RegistryConnection } from "../../shared/clients/registry/registry-connection.ts";
import type { Adapters } from "../../shared/ports/adapters.ts";
import type { RegistryOptions } from "../../infra/local/registry/start-registry.ts";
import { type Client, json } from "../infra/registry/support/client.ts";
import { startIssuer } from "../infra/registry/support/issuer.ts";
import { start, type TestRegistry } from "../infra/registry/support/start.ts";

export interface AdapterRegistry extends TestRegistry {
  readonly adapters: Adapters;
  readonly credential: TokenCredential;
  /** Another client of it, or of what stands before it. */
  connect(changes: Partial<RegistryConnection>): Adapters;
}

/** A registry with an identity that may do everything; whoever calls this in a hook stops it. */
export async function startAdapterRegistry(
  options: Partial<RegistryOptions> = {},
): Promise<AdapterRegistry> {
  const issuer = await startIssuer();
  const registry = await start({ tokenIssuer: { jwksUrl: issuer.jwksUrl }, ...options });
  const credential: TokenCredential = {
    async getToken(scope) {
      const audience = [scope].flat()[0]?.replace(/\/\.default$/, "") ?? "";
      const token = await issuer.token({ audience });
      return { token, expiresOnTimestamp: Date.now() + 600_000 };
    },
  };
  const { ca, loginServer } = registry;
  const connect = (changes: Partial<RegistryConnection>): Adapters =>
    createRegistryAdapters({ loginServer, credential, tls: { ca }, ...changes });
  return {
    ...registry,
    adapters: connect({}),
    credential,
    connect,
    async stop() {
      await registry.stop();
      issuer.stop();
    },
  };
}

const Index = z.object({
  manifests: z.array(z.object({ digest: z.string(), artifactType: z.string() })),
});
const Artifact = z.object({ layers: z.tuple([z.object({ digest: z.string() })]) });

/** Reads the documents of an image as any client of OCI would: referrers, manifest, layer. */
export async function documentsOf(
  client: Client,
  repository: string,
  list: string,
  artifactType: string,
): Promise<string[]> {
  const documents: string[] = [];
  const { manifests } = Index.parse(json(await client.send("GET", `/v2/${repository}/${list}`)));
  for (const { digest } of manifests.filter((listed) => listed.artifactType === artifactType)) {
    const manifest = await client.send("GET", `/v2/${repository}/manifests/${digest}`);
    const { layers } = Artifact.parse(json(manifest));
    const layer = await client.send("GET", `/v2/${repository}/blobs/${layers[0].digest}`);
    documents.push(layer.body.toString("utf8"));
  }
  return documents;
}
