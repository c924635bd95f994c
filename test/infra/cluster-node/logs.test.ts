import https from "node:https";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";

import { describe, expect, test } from "vitest";

import {
  ContainerLog,
  type LogQuery,
} from "../../../infra/local/cluster/node/kubelet/container-log.ts";
import { servingPod } from "./support/kaito-objects.ts";
import { startLab } from "./support/lab.ts";
import { isReady, runPod, untilPod } from "./support/pods.ts";
import { ask, nodeAddressOf } from "./support/talk.ts";

const ALL: LogQuery = { timestamps: false, follow: false };

describe("a container's log", () => {
  test("gives the last lines, with times where they are asked for", async () => {
    const log = new ContainerLog();
    for (const line of ["one", "two", "three"]) log.line(line);

    const tail = await collect(log, { ...ALL, tailLines: 2, timestamps: true });

    expect(tail).toMatch(/^\d{4}-\S+Z two\n\d{4}-\S+Z three\n$/);
  });

  test("shows text without a line feed only when 16 KiB have come, or at the end", async () => {
    const log = new ContainerLog();

    log.errorText("\r 10%");
    const before = await collect(log, ALL);
    log.errorText("x".repeat(16 * 1024));
    const after = await collect(log, ALL);
    log.close();

    expect(before).toBe("");
    expect(after).toHaveLength(16 * 1024);
    expect(await collect(log, ALL)).toHaveLength(16 * 1024 + 5);
  });

  test("keeps the two streams apart until each has a whole line", async () => {
    const log = new ContainerLog();

    log.errorText("\r 10%");
    log.line("{'loss': 1.0}");
    log.errorText("\r 20%\n");

    expect(await collect(log, ALL)).toBe("{'loss': 1.0}\n\r 10%\r 20%\n");
  });

  test("forgets its oldest lines past one megabyte", async () => {
    const log = new ContainerLog();

    for (let index = 0; index < 3000; index++) log.line(`${index} ${"x".repeat(1000)}`);

    const kept = await collect(log, ALL);
    expect(kept.length).toBeLessThanOrEqual(1 << 20);
    expect(kept).toContain("2999 ");
    expect(kept).not.toContain("\n10 ");
  });

  test("is followed until the run ends", async () => {
    const log = new ContainerLog();
    log.line("one");

    const following = collect(log, { ...ALL, follow: true });
    log.line("two");
    log.close();

    expect(await following).toBe("one\ntwo\n");
  });

  test("gives no more than the bytes asked for", async () => {
    const log = new ContainerLog();
    log.line("one");
    log.line("two");

    expect(await collect(log, { ...ALL, limitBytes: 5 })).toBe("one\nt");
  });
});

describe("the kubelet's endpoint", () => {
  test("answers as the API server expects, over HTTP and over TLS", async () => {
    const lab = await startLab({ modelLoad: 600_000 });
    try {
      runPod(lab.api, "serve", servingPod({ workspace: "serve" }));
      await untilPod(lab.api, "serve-0", ({ phase }) => phase === "Running");
      const address = await nodeAddressOf(lab.api, "serve-0");
      const route = "/containerLogs/ml/serve-0/serve";

      expect((await ask(lab.node, address, 10_250, `${route}?tailLines=1`)).text).toMatch(
        /^INFO Starting.*\n$/,
      );
      expect(await ask(lab.node, address, 10_250, `${route}?previous=true`)).toMatchObject({
        status: 400,
        text: 'previous terminated container "serve" in pod "serve-0" not found',
      });
      expect((await ask(lab.node, address, 10_250, `${route}?tailLines=-1`)).status).toBe(400);
      expect((await ask(lab.node, address, 10_250, "/containerLogs/ml/nobody/x")).status).toBe(404);
      expect((await ask(lab.node, address, 10_250, "/exec/ml/serve-0/serve")).status).toBe(404);
      expect(await overTls(await lab.node.dial(address, 10_250), route)).toContain("[stand-in]");
    } finally {
      await lab.stop();
    }
  });

  test("says why there is no log yet", async () => {
    const lab = await startLab();
    try {
      const adapters = { support: lab.image("nobody-pushed-this") };
      runPod(lab.api, "serve", servingPod({ workspace: "serve", adapters }));
      await untilPod(
        lab.api,
        "serve-0",
        (pod) => pod.container("puller-support").state.waiting?.reason === "CrashLoopBackOff",
      );
      const address = await nodeAddressOf(lab.api, "serve-0");

      const answer = await ask(lab.node, address, 10_250, "/containerLogs/ml/serve-0/serve");

      expect(answer).toEqual({
        status: 400,
        text: 'container "serve" in pod "serve-0" is waiting to start: PodInitializing',
      });
    } finally {
      await lab.stop();
    }
  });

  test("lets go of a reader when the node stops", async () => {
    const lab = await startLab();
    runPod(lab.api, "serve", servingPod({ workspace: "serve" }));
    await untilPod(lab.api, "serve-0", isReady);
    const address = await nodeAddressOf(lab.api, "serve-0");

    const reading = ask(lab.node, address, 10_250, "/containerLogs/ml/serve-0/serve?follow=true");
    await Promise.all([reading.catch(() => "cut"), lab.stop()]);

    await expect(lab.node.dial(address, 10_250)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

async function collect(log: ContainerLog, query: LogQuery): Promise<string> {
  let all = "";
  for await (const piece of log.read(query, new AbortController().signal)) all += piece;
  return all;
}

function overTls(socket: Socket, route: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { path: route, socket, rejectUnauthorized: false, agent: false } as const;
    https
      .get(options, (response) => {
        text(response).then(resolve, reject);
      })
      .on("error", reject);
  });
}
