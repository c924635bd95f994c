import {
  DefaultAzureCredential,
  ManagedIdentityCredential,
  type TokenCredential,
} from "@azure/identity";

import { UsageError } from "../../program/usage-error.ts";
import { HOST_CONNECTION } from "./host-connection.ts";

export type StorageService = "blob" | "queue";

/** How a client of one service is made. */
export interface ClientMaker<Client> {
  readonly service: StorageService;
  readonly fromConnectionString: (text: string) => Client;
  readonly fromIdentity: (uri: string, credential: TokenCredential) => Client;
}

/** One client per connection name. */
export function clientsByConnection<Client>(
  env: NodeJS.ProcessEnv,
  maker: ClientMaker<Client>,
): (connection: string, functionName: string) => Client {
  const clients = new Map<string, Client>();
  return (connection, functionName) => {
    const name = connection === "" ? HOST_CONNECTION : connection;
    const known = clients.get(name);
    if (known) return known;
    const client = connect(name, functionName, env, maker);
    clients.set(name, client);
    return client;
  };
}

/**
 * A connection is the name of a setting with a connection string, or the beginning of the names of
 * several: `<name>__queueServiceUri`, `__credential`, `__clientId`.
 */
function connect<Client>(
  name: string,
  functionName: string,
  env: NodeJS.ProcessEnv,
  { service, fromConnectionString, fromIdentity }: ClientMaker<Client>,
): Client {
  const setting = (suffix: string): string | undefined =>
    env[`AzureWebJobs${name}${suffix}`] || env[`${name}${suffix}`] || undefined;

  const connectionString = setting("");
  if (connectionString !== undefined) {
    try {
      return fromConnectionString(connectionString);
    } catch (error) {
      // What the library says could repeat a part of the setting, and with it the account's key.
      throw new UsageError(
        `Function '${functionName}': the setting '${name}' is no connection string with a ${service} endpoint.`,
        { cause: error instanceof Error ? error.name : undefined },
      );
    }
  }

  const account = setting("__accountName");
  const uri =
    setting(`__${service}ServiceUri`) ??
    setting("__serviceUri") ??
    (account && `https://${account}.${service}.core.windows.net`);
  if (uri === undefined) {
    throw new UsageError(
      `Function '${functionName}' needs the connection '${name}': set ${name} to a connection string, ` +
        `or ${name}__${service}ServiceUri and, for a managed identity, ${name}__credential=managedidentity.`,
    );
  }
  return fromIdentity(uri, credentialOf(setting("__credential"), setting("__clientId"), name));
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
