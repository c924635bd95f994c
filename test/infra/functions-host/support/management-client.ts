import { z } from "zod";

import { until } from "./until.ts";

const Status = z.looseObject({
  name: z.string(),
  instanceId: z.string(),
  runtimeStatus: z.string(),
  input: z.unknown(),
  output: z.unknown(),
  customStatus: z.unknown(),
  createdTime: z.string(),
  historyEvents: z.array(z.looseObject({ EventType: z.string() })).optional(),
});
export type Status = z.infer<typeof Status>;

const Started = z.looseObject({ id: z.string(), statusQueryGetUri: z.string() });

const ENDED = new Set(["Completed", "Failed", "Terminated"]);

export type ManagementClient = ReturnType<typeof createLateClient>;

interface Address {
  readonly url: string;
  readonly systemKey: string;
}

/** The Durable extension's HTTP API, with its key. */
export function createManagementClient(url: string, systemKey: string): ManagementClient {
  return createLateClient(() => ({ url, systemKey }));
}

/** @param address of a host that may not run yet */
export function createLateClient(address: () => Address) {
  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const { url, systemKey } = address();
    return fetch(`${url}/runtime/webhooks/durabletask/${path}`, {
      method,
      headers: { "x-functions-key": systemKey, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async function start(name: string, input?: unknown, id?: string): Promise<string> {
    const path = id === undefined ? name : `${name}/${id}`;
    const response = await call("POST", `orchestrators/${path}`, input);
    if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
    return Started.parse(await response.json()).id;
  }

  async function status(id: string, query = ""): Promise<Status> {
    const response = await call("GET", `instances/${id}?${query}`);
    return Status.parse(await response.json());
  }

  async function statusWhen(id: string, matches: (status: Status) => boolean): Promise<Status> {
    return until(`instance ${id} is as expected`, async () => {
      const response = await call("GET", `instances/${id}`);
      // A sub-orchestration begins after its parent.
      if (response.status === 404) return false;
      const found = Status.parse(await response.json());
      return matches(found) && found;
    });
  }

  return {
    call,
    start,
    status,
    statusWhen,
    /** The status at its end. */
    ended: (id: string) => statusWhen(id, ({ runtimeStatus }) => ENDED.has(runtimeStatus)),
    async run(name: string, input?: unknown): Promise<Status> {
      const id = await start(name, input);
      return statusWhen(id, ({ runtimeStatus }) => ENDED.has(runtimeStatus));
    },
    raise: (id: string, event: string, data: unknown) =>
      call("POST", `instances/${id}/raiseEvent/${event}`, data),
  };
}
