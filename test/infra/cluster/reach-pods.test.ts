import http from "node:http";
import net from "node:net";

import { describe, expect, onTestFinished, test } from "vitest";

import { listen } from "../../../infra/local/program/listen.ts";
import type { TestPlane } from "./support/plane.ts";
import { eventually } from "./support/eventually.ts";
import { startPlane } from "./support/plane.ts";

const PODS = "/api/v1/namespaces/ml/pods";
const SERVICES = "/api/v1/namespaces/ml/services";

/** A cluster whose inside is one local server, at any address but those ending in `.66`. */
async function startInside(
  handler: http.RequestListener,
): Promise<TestPlane & { dialled: string[] }> {
  const server = http.createServer(handler);
  const inside = await listen(server, { host: "127.0.0.1", port: 0, option: "" });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const dialled: string[] = [];
  const plane = await startPlane({
    dial: async (host, port) => {
      dialled.push(`${host}:${port}`);
      if (host.endsWith(".66")) throw new Error(`connect ECONNREFUSED ${host}:${port}`);
      return net.connect(inside, "127.0.0.1");
    },
  });
  return { ...plane, dialled };
}

async function addPod(
  { api }: TestPlane,
  name: string,
  { ip = "10.88.0.2", ready = true, color = name } = {},
): Promise<void> {
  await api.post(PODS, {
    metadata: { name, labels: { app: "web", color } },
    spec: {
      nodeName: "n1",
      containers: [{ name: "main", image: "x", ports: [{ name: "http", containerPort: 5000 }] }],
      initContainers: [{ name: "first", image: "x" }],
    },
  });
  const conditions = [{ type: "Ready", status: ready ? "True" : "False" }];
  await api.patch(`${PODS}/${name}/status`, {
    status: { phase: "Running", podIP: ip, conditions },
  });
}

async function addService({ api }: TestPlane, spec: object = {}): Promise<void> {
  await api.post(SERVICES, {
    metadata: { name: "web" },
    spec: {
      selector: { app: "web" },
      ports: [{ name: "http", port: 80, targetPort: 5000 }],
      ...spec,
    },
  });
}

const echo: http.RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    response.writeHead(201, { "x-seen": String(request.headers.authorization) });
    response.end(`${request.method} ${request.url} ${Buffer.concat(chunks).toString()}`);
  });
};

describe("the proxy of a Service", () => {
  test.each(["web:80", "web:http", "http:web:80", "web"])("reaches its pod: %s", async (name) => {
    const plane = await startInside(echo);
    await addPod(plane, "a");
    await addService(plane);

    const answer = await eventually(async () => {
      const path = `${SERVICES}/${name}/proxy/v1/models?x=1`;
      const found = await plane.api.request("POST", path, "hello", { type: "text/plain" });
      return found.status === 201 && found;
    });

    expect(answer.text).toBe("POST /v1/models?x=1 hello");
    expect(answer.headers["x-seen"]).toBe("undefined");
    expect(plane.dialled.at(-1)).toBe("10.88.0.2:5000");
  });

  test("has nowhere to go while no pod is ready, unless the Service takes those too", async () => {
    const plane = await startInside(echo);
    await addPod(plane, "a", { ready: false });
    await addService(plane);
    await eventually(
      async () =>
        (await plane.api.request("GET", "/api/v1/namespaces/ml/endpoints/web")).status === 200,
    );

    const refused = await plane.api.request("GET", `${SERVICES}/web:80/proxy/`);
    await plane.api.patch(`${SERVICES}/web`, { spec: { publishNotReadyAddresses: true } });

    expect(refused.status).toBe(503);
    expect(refused.body["message"]).toBe('no endpoints available for service "web:80"');
    await eventually(
      async () => (await plane.api.request("GET", `${SERVICES}/web:80/proxy/`)).status === 201,
    );
  });

  test("follows the selector", async () => {
    const plane = await startInside(echo);
    await addPod(plane, "blue", { ip: "10.88.0.2" });
    await addPod(plane, "green", { ip: "10.88.0.3" });
    await addService(plane, { selector: { color: "blue" } });
    const ask = () => plane.api.request("GET", `${SERVICES}/web:80/proxy/`);
    await eventually(async () => (await ask()).status === 201);

    await plane.api.patch(`${SERVICES}/web`, { spec: { selector: { color: "green" } } });

    await eventually(async () => {
      const { status } = await ask();
      expect(status).toBe(201);
      return plane.dialled.at(-1) === "10.88.0.3:5000";
    });
  });

  test("says 503 when nothing listens, 404 for a Service that is not there", async () => {
    const plane = await startInside(echo);
    await addPod(plane, "a", { ip: "10.88.0.66" });
    await addService(plane);

    const refused = await eventually(async () => {
      const answer = await plane.api.request("GET", `${SERVICES}/web:80/proxy/`);
      return String(answer.body["message"]).includes("ECONNREFUSED") && answer;
    });
    const missing = await plane.api.request("GET", `${SERVICES}/none:80/proxy/`);

    expect(refused.status).toBe(503);
    expect(missing.status).toBe(404);
  });
});

describe("the proxy of a pod", () => {
  test("passes on what a server says piece by piece", async () => {
    const plane = await startInside((_, response) => {
      response.write("one ");
      setImmediate(() => response.end("two"));
    });
    await addPod(plane, "a");

    const answer = await plane.api.request("GET", `${PODS}/a:5000/proxy/stream`);

    expect(answer.text).toBe("one two");
  });
});

describe("the log of a container", () => {
  const kubelet: http.RequestListener = (request, response) => {
    const isWaiting = request.url?.includes("/first?");
    response.writeHead(isWaiting ? 400 : 200);
    response.end(isWaiting ? 'container "first" is waiting to start' : `asked ${request.url}\n`);
  };

  async function withNode(): Promise<TestPlane & { dialled: string[] }> {
    const plane = await startInside(kubelet);
    await plane.api.post("/api/v1/nodes", {
      metadata: { name: "n1" },
      status: {
        addresses: [{ type: "InternalIP", address: "10.87.0.2" }],
        daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
      },
    });
    await addPod(plane, "a");
    return plane;
  }

  test("comes from the kubelet of the pod's node", async () => {
    const { api, dialled } = await withNode();

    const answer = await api.request("GET", `${PODS}/a/log?tailLines=5&follow=true&pretty=true`);

    expect(answer.text).toBe("asked /containerLogs/ml/a/main?tailLines=5&follow=true\n");
    expect(dialled).toEqual(["10.87.0.2:10250"]);
  });

  test.each([
    ["first", 400, 'container "first" is waiting to start'],
    ["zzz", 400, "container zzz is not valid for pod a"],
  ])("of %s is refused in the API's words", async (container, status, message) => {
    const { api } = await withNode();

    const answer = await api.request("GET", `${PODS}/a/log?container=${container}`);

    expect(answer.status).toBe(status);
    expect(answer.body["message"]).toBe(message);
  });

  test("is empty for a pod that no node has", async () => {
    const { api } = await withNode();
    await api.post(PODS, {
      metadata: { name: "new" },
      spec: { containers: [{ name: "main", image: "x" }], nodeSelector: { no: "where" } },
    });

    expect((await api.request("GET", `${PODS}/new/log`)).status).toBe(204);
  });
});
