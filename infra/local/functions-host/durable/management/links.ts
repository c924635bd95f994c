/** The paths that the extension serves: to anyone with the system key, and to the app's own worker. */
export const WEBHOOK_PATH = "/runtime/webhooks/durabletask";
export const RPC_PATH = "/durabletask";

/** durable-functions replaces this word by the instance's id. */
const ID_PLACEHOLDER = "INSTANCEID";

export interface LinkOptions {
  readonly origin: string;
  readonly hubName: string;
  /** The name of the setting with the hub's storage. */
  readonly connectionName: string;
  readonly systemKey: string;
}

/** The addresses of one instance, as a durable client has them. */
export function managementLinks(id: string, options: LinkOptions) {
  const { origin, hubName, connectionName, systemKey } = options;
  const instance = `${origin}${WEBHOOK_PATH}/instances/${encodeURIComponent(id)}`;
  const query = `taskHub=${hubName}&connection=${encodeURIComponent(connectionName)}&code=${systemKey}`;
  return {
    id,
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: `${instance}/terminate?reason={text}&${query}`,
    rewindPostUri: `${instance}/rewind?reason={text}&${query}`,
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?${query}`,
    suspendPostUri: `${instance}/suspend?reason={text}&${query}`,
    resumePostUri: `${instance}/resume?reason={text}&${query}`,
  };
}

/** The value of a `durableClient` input (lib/src/durableClient/OrchestrationClientInputData.js). */
export function durableClientInput(options: LinkOptions) {
  const { origin, hubName, connectionName, systemKey } = options;
  const base = `${origin}${WEBHOOK_PATH}`;
  // No hub and no connection here: durable-functions adds those that its caller asks for.
  const query = `code=${systemKey}`;
  const create = `${base}/orchestrators/{functionName}[/{instanceId}]`;
  return {
    taskHubName: hubName,
    connectionName,
    creationUrls: {
      createNewInstancePostUri: `${create}?${query}`,
      createAndWaitOnNewInstancePostUri: `${create}?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}&${query}`,
    },
    managementUrls: managementLinks(ID_PLACEHOLDER, options),
    baseUrl: base,
    requiredQueryStringParameters: query,
    // With this the library takes the same way as in Azure. The slash at the end is part of the protocol.
    rpcBaseUrl: `${origin}${RPC_PATH}/`,
  };
}
