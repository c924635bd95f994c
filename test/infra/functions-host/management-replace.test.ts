import { expect, test } from "vitest";

import { until } from "./support/until.ts";
import { useHost } from "./support/use-host.ts";

const { client } = useHost("any-state-app");

async function startWaiting(id: string): Promise<void> {
  await client.start("waiting", null, id);
  await client.statusWhen(id, ({ customStatus }) => customStatus === "waiting");
}

test("AnyState: a running instance is replaced, and nothing that was meant for it reaches the new one", async () => {
  await client.start("race", { seconds: 1 }, "replaced");
  await client.start("napper", 300, "napping");
  await client.call("POST", "instances/replaced/suspend?reason=x");
  await client.statusWhen("replaced", ({ runtimeStatus }) => runtimeStatus === "Suspended");
  await client.raise("replaced", "item", "for the first");
  await client.start("collect", null, "replaced");
  await client.start("collect", null, "napping");

  await client.raise("replaced", "item", 1);
  await client.raise("napping", "item", 3);
  await client.run("race", { seconds: 1.2 });
  await client.raise("replaced", "item", 2);
  await client.raise("napping", "item", 4);

  expect(await client.ended("replaced")).toMatchObject({ name: "collect", output: [1, 2] });
  expect(await client.ended("napping")).toMatchObject({ name: "collect", output: [3, 4] });
});

test("AnyState: the parent of a replaced instance learns of it", async () => {
  await client.start("parent", { child: "waiting" }, "left");
  await client.statusWhen("left-child", ({ customStatus }) => customStatus === "waiting");

  await startWaiting("left-child");

  expect(await client.ended("left")).toMatchObject({
    output: { error: expect.stringContaining("'left-child' was replaced by a new one") },
  });
  expect(await client.status("left-child")).toMatchObject({ runtimeStatus: "Running" });
});

test("inputs of tasks are in the history if host.json says so", async () => {
  const { instanceId } = await client.run("greetTwo");

  const { historyEvents } = await client.status(instanceId, "showHistory=true");

  // A text is written twice: durable-functions does it, and the host again.
  const inputs = [String.raw`["\"a\""]`, '[{"b":1}]'].map((Input) => ({ Input }));
  expect(historyEvents).toMatchObject([{}, ...inputs, {}]);
});

test("links name the connection of host.json", async () => {
  const response = await client.call("POST", "orchestrators/waiting");
  const { statusQueryGetUri } = (await response.json()) as { statusQueryGetUri: string };

  expect(statusQueryGetUri).toContain("taskHub=AnyStateHub&connection=HubStorage&code=");
});

test("entities get as many operations in one call as host.json allows", async () => {
  await Promise.all(
    Array.from({ length: 9 }, () => client.call("POST", "entities/Invocations/one?op=x")),
  );

  const invocations = await until("all are done", async () => {
    const response = await client.call("GET", "entities/invocations/one");
    const seen = response.status === 200 ? ((await response.json()) as string[]) : [];
    return seen.length === 9 && seen;
  });
  const sizes = [...Map.groupBy(invocations, (id) => id).values()].map((batch) => batch.length);
  expect(Math.max(...sizes)).toBe(2);
});
