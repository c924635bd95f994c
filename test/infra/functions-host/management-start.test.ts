import { describe, expect, test } from "vitest";
import { useHost } from "./support/use-host.ts";

const { host, client } = useHost("commonjs-app");

async function startWaiting(id: string): Promise<void> {
  await client.start("waiting", null, id);
  await client.statusWhen(id, ({ customStatus }) => customStatus === "waiting");
}

describe("start", () => {
  test("answers a client of the app with links that work", async () => {
    const response = await fetch(`${host.url}/api/start/greetTwo/from-app`, {
      method: "POST",
      body: '{"a":1}',
    });
    const links = (await response.json()) as Record<string, string>;
    await client.ended("from-app");
    const status = await fetch(links["statusQueryGetUri"] ?? "");

    expect(response.status).toBe(202);
    expect(response.headers.get("location")).toBe(links["statusQueryGetUri"]);
    expect(await status.json()).toMatchObject({ instanceId: "from-app", input: { a: 1 } });
  });

  test("is refused while the instance has not ended, and begins anew after that", async () => {
    await startWaiting("again");
    const refused = await client.call("POST", "orchestrators/waiting/again");
    await client.call("POST", "instances/again/terminate?reason=x");
    await client.ended("again");
    await client.start("greetTwo", null, "again");

    expect(refused.status).toBe(500);
    expect(await refused.json()).toMatchObject({
      ExceptionMessage: "An Orchestration instance with the status Running already exists.",
    });
    expect(await client.ended("again")).toMatchObject({ name: "greetTwo" });
  });

  test("of one id by many at once runs once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => client.call("POST", "orchestrators/waiting/once")),
    );

    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 202)).toHaveLength(1);
    expect(statuses.filter((status) => status === 500)).toHaveLength(9);
  });

  test.each([
    "nobody",
    "waiting/@entity",
    "waiting/a%23b",
    "waiting/a%5Cb",
    `waiting/${"x".repeat(257)}`,
  ])("of %s is refused", async (path) => {
    expect((await client.call("POST", `orchestrators/${path}`)).status).toBe(400);
  });

  test("with a body that is no JSON is refused", async () => {
    const response = await fetch(`${host.url}/runtime/webhooks/durabletask/orchestrators/waiting`, {
      method: "POST",
      headers: { "x-functions-key": host.keys?.system ?? "" },
      body: "{",
    });

    expect(response.status).toBe(400);
  });

  test.each([
    ["too deep for a parser", "[".repeat(1_000_000)],
    ["a number that goes on", "1".repeat(1000) + "x"],
    ["two values", "1 2"],
    ["not quite JSON", "{'a':1}"],
  ])("with a body that is %s is refused", async (_, body) => {
    const response = await fetch(`${host.url}/runtime/webhooks/durabletask/orchestrators/waiting`, {
      method: "POST",
      headers: { "x-functions-key": host.keys?.system ?? "" },
      body,
    });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ Message: "Invalid JSON content" });
  });

  test("takes the version that is asked for", async () => {
    await client.call("POST", "orchestrators/greetTwo/versioned?version=0.7");

    expect(await client.ended("versioned")).toMatchObject({ output: { version: "0.7" } });
  });

  test("without a body has no input", async () => {
    await client.call("POST", "orchestrators/greetTwo/bodiless");

    expect(await client.ended("bodiless")).toMatchObject({ input: null, output: { input: null } });
  });

  test("is answered with links, to follow at once or later", async () => {
    const response = await client.call("POST", "orchestrators/waiting/linked%20one");
    const links = (await response.json()) as Record<string, string>;

    const base = `${host.url}/runtime/webhooks/durabletask/instances/linked%20one`;
    const query = `taskHub=CommonJsHub&connection=AzureWebJobsStorage&code=${host.keys?.system}`;
    expect(response.status).toBe(202);
    expect(response.headers.get("retry-after")).toBe("10");
    expect(response.headers.get("location")).toBe(`${base}?${query}`);
    expect(links).toEqual({
      id: "linked one",
      statusQueryGetUri: `${base}?${query}`,
      sendEventPostUri: `${base}/raiseEvent/{eventName}?${query}`,
      terminatePostUri: `${base}/terminate?reason={text}&${query}`,
      purgeHistoryDeleteUri: `${base}?${query}`,
      restartPostUri: `${base}/restart?${query}`,
      suspendPostUri: `${base}/suspend?reason={text}&${query}`,
      resumePostUri: `${base}/resume?reason={text}&${query}`,
    });
    expect((await fetch(links["statusQueryGetUri"] ?? "")).status).toBe(202);
  });

  test.each([
    ["an unknown function", "nobody", /^The function 'nobody' doesn't exist, is disabled/],
    ["an entity's id", "waiting/@a", /^instanceId \(Parameter '.* must not start with @\.'\)$/],
    ["a bad id", "waiting/a%5Cb", /^instanceId \(Parameter '.* must not contain \/, \\, #, \?/],
    ["a long id", `waiting/${"x".repeat(257)}`, /^Instance ID lengths must not exceed 256 char/],
  ])("of %s says what is wrong", async (_, path, message) => {
    const response = await client.call("POST", `orchestrators/${path}`);

    expect(await response.json()).toEqual({ Message: expect.stringMatching(message) });
  });

  test("of an id with 256 characters works", async () => {
    const id = "x".repeat(256);

    expect(await client.start("greetTwo", null, id)).toBe(id);
  });
});

describe("start and wait", () => {
  test("answers with the output", async () => {
    const path = "orchestrators/fanOut?timeout=10&pollingInterval=0.05";
    const response = await client.call("POST", path, 3);

    expect(response.status).toBe(200);
    expect(await response.json()).toBe(3);
  });

  test("answers with the status of what failed", async () => {
    const path = "orchestrators/failing?timeout=10&pollingInterval=0.05";
    const response = await client.call("POST", path, "x");

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ runtimeStatus: "Failed", name: "failing" });
  });

  test("answers as a start does what has not ended by then, or if one of the two times is missing", async () => {
    const late = await client.call("POST", "orchestrators/waiting?timeout=0.2&pollingInterval=0.1");
    const once = await client.call("POST", "orchestrators/greetTwo?timeout=10");
    const never = await client.call("POST", "orchestrators/greetTwo?timeout=x&pollingInterval=1");

    expect([late.status, once.status, never.status]).toEqual([202, 202, 202]);
    expect(late.headers.get("retry-after")).toBe("10");
  });

  test("wants to look at least once before it gives up", async () => {
    const path = "orchestrators/waiting?timeout=1&pollingInterval=2.5";
    const response = await client.call("POST", path);

    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      Message: "Total timeout 1 should be bigger than retry timeout 2.5",
    });
  });
});
