import { readFileSync } from "node:fs";
import path from "node:path";

import { z } from "zod";

import type { FaultRule } from "../../../infra/local/cluster/node/faults/fault-rule.ts";
import { orchestrationNames } from "../../../shared/contracts/orchestrations.ts";
import { routes } from "../../../shared/contracts/http-api.ts";
import { buryInstance, requestInstance } from "../../../shared/domain/names.ts";
import { dataAbout } from "../../e2e/support/datasets.ts";
import { type Lab, until } from "../../e2e/support/lab.ts";

const HostKeys = z.object({ system: z.string() });
const Instance = z.object({ runtimeStatus: z.string() });
const PAUSE_MS = 150;

/**
 * Every end that an orchestration of the app can come to without waiting for long.
 *
 * @returns the instances that show one each
 */
export async function runScenarios(lab: Lab): Promise<string[]> {
  const shown = await Promise.all([
    serves(lab),
    waitsInTurn(lab),
    trainsForLong(lab),
    refusesRows(lab),
    crashesInTraining(lab),
    isCancelled(lab),
    goesBack(lab),
    hasNothingToGoBackTo(lab),
    isBuried(lab),
  ]);
  return shown.flat();
}

/** A first version, a better one, and the same data again. */
async function serves(lab: Lab): Promise<string[]> {
  await lab.apply("serves");
  for (const word of ["apple", "banana", "banana"]) await train(lab, "serves", word);
  return ["serves-1", "tune-serves-1", "serve-serves-1", "serve-serves-2", "serves-3"];
}

/** The second request finds a run under way, which then hands over to the next. */
async function waitsInTurn(lab: Lab): Promise<string[]> {
  await lab.apply("waits");
  const etags = await Promise.all(
    ["apple", "banana"].map((word) => lab.drop("waits", `${word}.jsonl`, dataAbout(word))),
  );
  const requests = await Promise.all(etags.map((etag) => lab.request("waits", etag)));
  for (const { run = "" } of requests) {
    await lab.ended(run);
    await lab.settled(run);
  }
  return [...requests.map(({ id }) => requestInstance("waits", id)), "waits-1"];
}

/** More looks than one generation of a wait has. */
async function trainsForLong(lab: Lab): Promise<string[]> {
  await addFault(lab, { workspace: "rf-long-1", fault: "training-takes", seconds: 6 });
  await lab.apply("long");
  await train(lab, "long", "apple");
  return ["tune-long-1"];
}

async function refusesRows(lab: Lab): Promise<string[]> {
  await lab.apply("rows");
  const { id } = await lab.train("rows", "a.jsonl", '{"text": "alone"}\nnot JSON\n');
  await lab.settled(id);
  return [id];
}

async function crashesInTraining(lab: Lab): Promise<string[]> {
  await addFault(lab, { workspace: "rf-crashes-1", fault: "trainer-exits", exitCode: 1 });
  await lab.apply("crashes");
  await train(lab, "crashes", "apple");
  return ["crashes-1", "tune-crashes-1"];
}

async function isCancelled(lab: Lab): Promise<string[]> {
  await addFault(lab, { workspace: "rf-cancelled-1", fault: "training-takes", seconds: 600 });
  await lab.apply("cancelled");
  const run = await untilTraining(lab, "cancelled");
  await lab.api.call(routes.cancelRun, { params: { run }, body: { by: "a person" } });
  await lab.ended(run);
  await lab.settled(run);
  return ["cancelled-1", "tune-cancelled-1"];
}

/** The second version crash-loops in serving. */
async function goesBack(lab: Lab): Promise<string[]> {
  await lab.apply("back");
  const { digest } = await train(lab, "back", "apple");
  const workspace = "back-blue";
  await lab.cluster.addFaults(
    // Of no effect in serving: it keeps the next rule from the first version.
    { workspace, image: `*@${digest}`, fault: "training-takes", seconds: 1 },
    { workspace, fault: "serving-crash-loops" },
  );
  await train(lab, "back", "banana");
  return ["back-2", "serve-back-2", "restore-back-2"];
}

async function hasNothingToGoBackTo(lab: Lab): Promise<string[]> {
  await addFault(lab, { workspace: "firstborn-blue", fault: "serving-crash-loops" });
  await lab.apply("firstborn");
  await train(lab, "firstborn", "apple");
  return ["firstborn-1"];
}

/** A person terminates its orchestration, and another one cleans up. */
async function isBuried(lab: Lab): Promise<string[]> {
  await addFault(lab, { workspace: "rf-buried-1", fault: "training-takes", seconds: 600 });
  await lab.apply("buried");
  const run = await untilTraining(lab, "buried");
  await manage(lab, "POST", `instances/${run}/terminate`, undefined);
  const instance = buryInstance(run);
  const start = `orchestrators/${orchestrationNames.bury}/${instance}`;
  await manage(lab, "POST", start, { run, pauseMs: PAUSE_MS });
  await lab.ended(run);
  await until(`the end of ${instance}`, async () => {
    const response = await manage(lab, "GET", `instances/${instance}`, undefined);
    return Instance.parse(await response.json()).runtimeStatus === "Completed" || undefined;
  });
  return [run, instance];
}

async function addFault(lab: Lab, rule: FaultRule): Promise<void> {
  await lab.cluster.addFaults(rule);
}

async function train(lab: Lab, pipeline: string, word: string) {
  const run = await lab.train(pipeline, `${word}.jsonl`, dataAbout(word));
  await lab.settled(run.id);
  return run;
}

async function untilTraining(lab: Lab, pipeline: string): Promise<string> {
  const etag = await lab.drop(pipeline, "apple.jsonl", dataAbout("apple"));
  const { run = "" } = await lab.request(pipeline, etag);
  await until(`the training of ${run}`, async () => {
    const { progress } = await lab.api.call(routes.getRun, { params: { run } });
    return progress?.stage === "training" || undefined;
  });
  return run;
}

/** The Durable extension's HTTP API. */
async function manage(
  { stack }: Lab,
  method: string,
  where: string,
  body: unknown,
): Promise<Response> {
  const keysFile = path.join(path.dirname(stack.localFile), "host-keys.json");
  const { system } = HostKeys.parse(JSON.parse(readFileSync(keysFile, "utf8")));
  return fetch(`${stack.url}/runtime/webhooks/durabletask/${where}`, {
    method,
    headers: { "x-functions-key": system, "content-type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
}
