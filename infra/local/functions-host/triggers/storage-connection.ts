import {
  DefaultAzureCredential,
  ManagedIdentityCredential,
  type TokenCredential,
} from "@azure/identity";
import { QueueServiceClient } from "@azure/storage-queue";

import type { QueueServices } from "./queue-services.ts";
import { UsageError } from "../../program/usage-error.ts";

const DEFAULT_CONNECTION = "AzureWebJobsStorage";

/** One client per connection name. */
export function createQueueServices(env: NodeJS.ProcessEnv): QueueServices {
  const clients = new Map<string, QueueServiceClient>();
  return (connection, functionName) => {
    const name = connection === "" ? DEFAULT_CONNECTION : connection;
    const known = clients.get(name);
    if (known) return known;
    const client = connect(name, functionName, env);
    clients.set(name, client);
    return client;
  };
}

/**
 * A connection is the name of a setting with a connection string, or the beginning of the names of
 * several: `<name>__queueServiceUri`, `__credential`, `__clientId`.
 */
function connect(name: string, functionName: string, env: NodeJS.ProcessEnv): QueueServiceClient {
  const setting = (suffix: string): string | undefined =>
    env[`AzureWebJobs${name}${suffix}`] || env[`${name}${suffix}`] || undefined;

  const connectionString = setting("");
  if (connectionString !== undefined)
    return QueueServiceClient.fromConnectionString(connectionString);

  const account = setting("__accountName");
  const uri =
    setting("__queueServiceUri") ?? (account && `https://${account}.queue.core.windows.net`);
  if (uri === undefined) {
    throw new UsageError(
      `Function '${functionName}' needs the connection '${name}': set ${name} to a connection string, ` +
        `or ${name}__queueServiceUri and, for a managed identity, ${name}__credential=managedidentity.`,
    );
  }
  const credential = credentialOf(setting("__credential"), setting("__clientId"), name);
  return new QueueServiceClient(uri, credential);
}

function credentialOf(
  kind: string | undefined,
  clientId: string | undefined,
  name: string,
): TokenCredential {
  if (kind === undefined) return new DefaultAzureCredential();
  if (kind.toLowerCase() !== "managedidentity") {
    throw new UsageError(`${name}__credential is '${kind}'; only 'managedidentity' is known.`);
  }
  return clientId === undefined
    ? new ManagedIdentityCredential()
    : new ManagedIdentityCredential({ clientId });
}
