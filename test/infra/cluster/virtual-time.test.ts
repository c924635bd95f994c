import { readFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";

import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { delay } from "../../../infra/local/program/clock/busy.ts";
import { serveClock } from "../../../infra/local/program/clock/clock-server.ts";
import { VirtualClock } from "../../../infra/local/program/clock/virtual-clock.ts";
import { listen } from "../../../infra/local/program/listen.ts";
import type { ApiClient } from "./support/api-client.ts";
import { eventually } from "./support/eventually.ts";
import { certificatesDirectory, temporaryDirectory } from "./support/plane.ts";
import { clientOf, runToEnd, startProgram } from "./support/program.ts";
import { inferenceWorkspace, JOBS, tuningWorkspace, WORKSPACES } from "./support/workspaces.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;

const ROWS = Array.from({ length: 12 }, (_, index) =>
  JSON.stringify({ prompt: `question ${index}`, completion: `answer ${index}` }),
).join("\n");

const Conditions = z.object({
  status: z.object({
    conditions: z.array(
      z.looseObject({
        type: z.string(),
        status: z.string(),
        reason: z.string().optional(),
        lastHeartbeatTime: z.string().optional(),
      }),
    ),
  }),
});

const Job = z.object({
  status: z.object({ startTime: z.iso.datetime(), completionTime: z.iso.datetime() }),
});

interface World {
  readonly api: ApiClient;
  readonly clock: VirtualClock;
}

async function startClock(): Promise<{ clock: VirtualClock; address: string }> {
  const clock = new VirtualClock(Date.now());
  const shared = await serveClock(clock, { log: () => undefined });
  onTestFinished(async () => {
    clock.stop();
    await shared.close();
  });
  return { clock, address: shared.address };
}

/** A cluster in a process of its own, in the time of a clock of this one. */
async function startWorld(): Promise<World> {
  const { clock, address } = await startClock();
  const server = http.createServer((_, response) => response.end(ROWS));
  const data = await listen(server, { host: "127.0.0.1", port: 0, option: "" });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const kubeconfig = path.join(await temporaryDirectory(), "kubeconfig.yaml");
  const program = await startProgram([
    `--clock=${address}`,
    `--certificates=${await certificatesDirectory}`,
    `--kubeconfig=${kubeconfig}`,
    `--host-alias=data.rollforward.internal=127.0.0.1:${data}`,
  ]);
  const api = clientOf(program, await readFile(kubeconfig, "utf8"));
  await api.post("/api/v1/namespaces", { metadata: { name: "ml" } });
  return { api, clock };
}

async function addFault(api: ApiClient, rule: string): Promise<void> {
  await api.post("/api/v1/namespaces/kube-system/configmaps", {
    metadata: { name: "fake-gpu-node" },
    data: { "rules.yaml": `- { workspace: "*", ${rule} }` },
  });
}

async function tune(api: ApiClient, name: string): Promise<void> {
  await api.post("/api/v1/namespaces/ml/configmaps", {
    metadata: { name: "training" },
    data: {
      "training_config.yaml":
        "training_config: {QuantizationConfig: {load_in_4bit: true}, LoraConfig: {target_modules: [qkv_proj]}, TrainingArguments: {output_dir: /mnt/results}}",
    },
  });
  const input = { name: "data", urls: ["http://data.rollforward.internal/train.jsonl"] };
  const output = { volumeSource: { emptyDir: {} } };
  await api.post(WORKSPACES, tuningWorkspace(name, { input, output, config: "training" }));
}

async function stateOf(api: ApiClient, name: string): Promise<unknown> {
  const { status } = await api.get(`${WORKSPACES}/${name}`);
  return z.looseObject({ state: z.string().optional() }).parse(status ?? {}).state;
}

async function readinessOfNode(api: ApiClient) {
  const [node] = await api.items("/api/v1/nodes");
  const { status } = Conditions.parse(node);
  return status.conditions.find(({ type }) => type === "Ready");
}

test("a tuning of 72 hours is over in seconds, and everybody saw 72 hours", async () => {
  const { api, clock } = await startWorld();
  await addFault(api, "fault: training-takes, seconds: 259200");
  const began = clock.now();

  await tune(api, "long");
  await eventually(async () => (await stateOf(api, "long")) === "Succeeded", "the end");

  const { status } = Job.parse(await api.get(`${JOBS}/long`));
  const took = Date.parse(status.completionTime) - Date.parse(status.startTime);
  const ready = await readinessOfNode(api);
  expect(took).toBeGreaterThanOrEqual(72 * HOUR);
  expect(took).toBeLessThan(72 * HOUR + 10 * MINUTE);
  expect(clock.now() - began).toBeGreaterThan(72 * HOUR);
  expect(ready).toMatchObject({ status: "True" });
  expect(clock.now() - Date.parse(ready?.lastHeartbeatTime ?? "")).toBeLessThan(HOUR);
});

test("a Job's deadline comes at its time, though the training would take longer", async () => {
  const { api } = await startWorld();
  await addFault(api, "fault: trainer-hangs");
  await tune(api, "hung");
  await eventually(async () => (await api.items(JOBS)).length === 1, "the Job");

  await api.patch(`${JOBS}/hung`, { spec: { activeDeadlineSeconds: 12 * 3600 } });
  await eventually(async () => (await stateOf(api, "hung")) === "Failed", "the end");

  const Failed = z.object({
    status: z.object({
      startTime: z.string(),
      conditions: z.array(z.looseObject({ type: z.string(), lastTransitionTime: z.string() })),
    }),
  });
  const { status } = Failed.parse(await api.get(`${JOBS}/hung`));
  const failed = status.conditions.find(({ type }) => type === "Failed");
  const after = Date.parse(failed?.lastTransitionTime ?? "") - Date.parse(status.startTime);
  expect(failed).toMatchObject({ reason: "DeadlineExceeded" });
  expect(after).toBeGreaterThanOrEqual(12 * HOUR);
  expect(after).toBeLessThan(12 * HOUR + 10 * MINUTE);
});

test("a model becomes ready by itself, and then time stands still", async () => {
  const { api, clock } = await startWorld();

  await api.post(WORKSPACES, inferenceWorkspace("serve"));
  await eventually(async () => (await stateOf(api, "serve")) === "Ready", "the model");
  const standing = await eventually(async () => {
    const before = clock.now();
    await api.get("/version");
    await api.get(`${WORKSPACES}/serve`);
    return clock.now() === before && before;
  });

  expect(clock.now()).toBe(standing);
  expect(await readinessOfNode(api)).toMatchObject({ status: "True" });
});

test("a node that is never there ends nobody's time, and another's wait goes on past it", async () => {
  const { api, clock } = await startWorld();
  await addFault(api, "fault: node-never");
  const start = clock.now();

  await tune(api, "waiting");
  await eventually(async () => (await api.items("/apis/karpenter.sh/v1/nodeclaims")).length === 1);
  const waited = clock.now() - start;
  await delay(clock, 12 * HOUR);

  expect(waited).toBeLessThan(MINUTE);
  expect(clock.now() - start).toBeGreaterThanOrEqual(12 * HOUR);
  expect(await api.items("/api/v1/nodes")).toEqual([]);
});

test("without a clock at the address it ends at once, and says what to do", async () => {
  const { code, errors } = await runToEnd(["--clock", "/nowhere/socket"]);

  expect(code).toBe(2);
  expect(errors).toContain("No clock answers at /nowhere/socket. Give --clock what");
});

test("with a taken port it ends, and the clock goes on without it", async () => {
  const { address, clock } = await startClock();
  const taken = http.createServer();
  const port = await listen(taken, { host: "127.0.0.1", port: 0, option: "" });
  onTestFinished(() => void taken.close());

  const { code, errors } = await runToEnd(["--clock", address, "--port", String(port)]);
  await delay(clock, HOUR);

  expect(code).toBe(2);
  expect(errors).toContain(`Port ${port} on 127.0.0.1 is in use.`);
});
