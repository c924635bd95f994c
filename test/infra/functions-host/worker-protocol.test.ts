import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import {
  createCoreApi,
  emptyRegistrations,
} from "../../../infra/local/functions-host/app/core-api.ts";
import { type HostProcess, startHost } from "./support/host-process.ts";
import { until } from "./support/until.ts";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const Seen = z.record(z.string(), z.array(z.looseObject({ retryContext: z.unknown() })));

const ClientRequest = z.object({
  request: z.object({
    inputData: z.tuple([
      z.unknown(),
      z.object({ data: z.object({ string: z.string() }) }),
      z.unknown(),
    ]),
  }),
});

let host: HostProcess;

beforeAll(async () => {
  host = await startHost("raw-app");
});

afterAll(async () => {
  await host.stop();
});

async function get(path: string): Promise<Record<string, unknown>> {
  return (await fetch(`${host.url}/api/${path}`)).json() as Promise<Record<string, unknown>>;
}

describe("the module that the worker provides", () => {
  test("has versions and the programming model that the app has set", async () => {
    const core = await get("core");

    expect(core).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      // From 4.28 on, the library may stream HTTP.
      hostVersion: expect.stringMatching(/^4\.(?:2[89]|[3-9]\d|\d{3,})\.\d+$/),
      model: "raw",
    });
  });

  test("takes no function after the app is loaded", async () => {
    const { late } = await get("core");

    expect(late).toMatchObject({
      message: 'Function "late" can only be registered during app startup.',
    });
  });

  test("refuses a hook that it does not know with a RangeError that bears its mark", async () => {
    const { unknownHook } = await get("core");

    expect(unknownHook).toEqual({
      name: "RangeError",
      message: 'Unrecognized hook "preLunch"',
      isAzureFunctionsSystemError: true,
    });
  });

  test("gives for a function what takes it back", async () => {
    expect(host.functions.map(({ name }) => name)).not.toContain("disposed");
    expect((await fetch(`${host.url}/api/disposed`)).status).toBe(404);
  });

  test("gives for a hook what takes it back, alone or with others", () => {
    const registrations = emptyRegistrations();
    const core = createCoreApi(registrations, () => undefined);
    const [kept, alone, first, second] = Array.from({ length: 4 }, () =>
      core.registerHook("preInvocation", () => undefined),
    );

    alone?.dispose();
    alone?.dispose();
    if (first && second) core.Disposable.from(first, second).dispose();

    expect(registrations.hooks.preInvocation).toHaveLength(1);
    kept?.dispose();
    expect(registrations.hooks.preInvocation).toEqual([]);
  });

  test("refuses a second function with the same id, and takes two of one name for two", () => {
    const registrations = emptyRegistrations();
    const core = createCoreApi(registrations, () => undefined);
    const register = (functionId?: string) =>
      core.registerFunction({ name: "one", functionId, bindings: {} }, () => undefined);

    register();
    register("two");

    expect(() => register()).toThrow('A function with id "one" has already been registered.');
    expect([...registrations.functions.keys()]).toEqual(["one", "two"]);
  });

  test("refuses what is no function's metadata", () => {
    const core = createCoreApi(emptyRegistrations(), () => undefined);

    expect(() => core.registerFunction({ name: "one" }, () => undefined)).toThrow(/bindings/);
  });
});

describe("an invocation", () => {
  test("has the request and the metadata, each with the function's id, and its state", async () => {
    const seen = await get("request");

    expect(seen).toMatchObject({
      invocationId: expect.stringMatching(UUID),
      state: "invocation",
      metadata: { name: "request", functionId: "request" },
      request: {
        invocationId: seen["invocationId"],
        functionId: "request",
        retryContext: null,
        traceContext: { traceParent: expect.any(String), traceState: "", attributes: {} },
      },
    });
  });

  test("uses the id that a function was registered with, and finds its trigger by type", async () => {
    expect(await get("withId")).toEqual(["an id of its own", "an id of its own"]);
  });

  test("gives inputs in the order of the bindings, clients by their old name too, and no outputs", async () => {
    const { request } = await get("request?x=1");

    const { inputData } = z.object({ inputData: z.array(z.unknown()) }).parse(request);
    const durable = { data: { string: expect.stringMatching(/^\{"taskHubName":"RawHub"/) } };
    expect(inputData).toEqual([
      {
        name: "req",
        data: { http: expect.objectContaining({ nullableQuery: { x: { value: "1" } } }) },
      },
      { name: "older", ...durable },
      { name: "newer", ...durable },
    ]);
  });

  test("of an HTTP function has no body if there was none", async () => {
    const { request } = await get("request");

    expect(request).toMatchObject({ inputData: [{ data: { http: { body: null } } }, {}, {}] });
  });
});

describe("a retry", () => {
  test("tells of itself from the first try, and of the error from the second", async () => {
    const ticks = await until("it was tried again", async () => {
      const { tick } = Seen.parse(await get("seen"));
      return tick && tick.length > 1 && tick;
    });

    expect(ticks).toMatchObject([
      { retryContext: { retryCount: 0, maxRetryCount: 3 } },
      {
        retryContext: {
          retryCount: 1,
          maxRetryCount: 3,
          exception: {
            message: "the first try",
            stackTrace: expect.stringContaining("Error: the first try"),
          },
        },
      },
    ]);
    expect(ticks[0]?.retryContext).not.toHaveProperty("exception");
  });

  test("is told the time in the runtime's letters, and nothing besides", async () => {
    const [tick] = await until("it ran", async () => Seen.parse(await get("seen"))["tick"]);

    const { inputData, triggerMetadata } = z
      .object({
        inputData: z.tuple([z.object({ name: z.string(), data: z.object({ json: z.string() }) })]),
        triggerMetadata: z.unknown(),
      })
      .parse(tick);
    expect(JSON.parse(inputData[0].data.json)).toEqual({
      Schedule: { AdjustForDST: true },
      ScheduleStatus: {
        Last: "0001-01-01T00:00:00+00:00",
        Next: expect.stringMatching(/^\d{4}-01-01T00:00:00/),
        LastUpdated: "0001-01-01T00:00:00+00:00",
      },
      IsPastDue: false,
    });
    expect(triggerMetadata).toEqual({});
  });
});

describe("a durable client", () => {
  test("has the addresses that the library asks for", async () => {
    const seen = await get("request");

    const { string } = ClientRequest.parse(seen).request.inputData[1].data;
    const base = `${host.url}/runtime/webhooks/durabletask`;
    const code = `code=${host.keys?.system}`;
    const all = `taskHub=RawHub&connection=AzureWebJobsStorage&${code}`;
    const one = `${base}/instances/INSTANCEID`;
    const create = `${base}/orchestrators/{functionName}[/{instanceId}]`;
    expect(JSON.parse(string)).toEqual({
      taskHubName: "RawHub",
      connectionName: "AzureWebJobsStorage",
      creationUrls: {
        createNewInstancePostUri: `${create}?${code}`,
        createAndWaitOnNewInstancePostUri: `${create}?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}&${code}`,
      },
      managementUrls: {
        id: "INSTANCEID",
        statusQueryGetUri: `${one}?${all}`,
        sendEventPostUri: `${one}/raiseEvent/{eventName}?${all}`,
        terminatePostUri: `${one}/terminate?reason={text}&${all}`,
        rewindPostUri: `${one}/rewind?reason={text}&${all}`,
        purgeHistoryDeleteUri: `${one}?${all}`,
        restartPostUri: `${one}/restart?${all}`,
        suspendPostUri: `${one}/suspend?reason={text}&${all}`,
        resumePostUri: `${one}/resume?reason={text}&${all}`,
      },
      baseUrl: base,
      requiredQueryStringParameters: code,
      rpcBaseUrl: `${host.url}/durabletask/`,
    });
  });

  test("does not rewrite these addresses: the app knows the host's own", async () => {
    expect((await get("core"))["env"]).toBe(`127.0.0.1:${host.port}`);
  });
});
