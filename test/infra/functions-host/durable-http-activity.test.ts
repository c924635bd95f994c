import { gzipSync } from "node:zlib";

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { runHttpActivity } from "../../../infra/local/functions-host/durable/http-activity.ts";
import {
  type Handler,
  type RecordingServer,
  startRecordingServer,
} from "./support/recording-server.ts";

let server: RecordingServer;
let handle: Handler;

beforeAll(async () => {
  server = await startRecordingServer((...visit) => handle(...visit));
});

afterAll(() => {
  server.stop();
});

beforeEach(() => {
  server.received.length = 0;
});

describe("a server", () => {
  test("that does not answer is given up", async () => {
    handle = () => undefined;

    await expect(
      runHttpActivity({ method: "GET", uri: server.url }, { timeoutMs: 50 }),
    ).rejects.toThrow(
      "The request was canceled due to the configured HttpClient.Timeout of 0.05 seconds elapsing.",
    );
  });

  test("is not asked for packed answers", async () => {
    handle = (_, response) => response.end();

    await runHttpActivity({ method: "GET", uri: server.url });

    expect(server.received[0]?.headers["accept-encoding"]).toBe("identity");
  });

  test("that packs too much into a little is stopped", async () => {
    const limit = 4 * 1024 * 1024;
    const [fits, bomb] = [limit, limit + 1].map((size) => gzipSync(Buffer.alloc(size)));
    handle = ({ path }, response) => {
      response.setHeader("content-encoding", "gzip");
      response.end(path === "/bomb" ? bomb : fits);
    };
    const call = (path: string) =>
      runHttpActivity({ method: "GET", uri: server.url + path }, { bodyLimitBytes: limit });

    const answer = await call("/fits");

    expect(answer.content).toHaveLength(limit);
    await expect(call("/bomb")).rejects.toThrow(
      "The content of the HTTP response is over 4194304 bytes.",
    );
  });

  test("that redirects for ever is followed 50 times", async () => {
    handle = (_, response) => response.writeHead(302, { location: "/again" }).end();

    const answer = await runHttpActivity({ method: "GET", uri: server.url });

    expect(answer.statusCode).toBe(302);
    expect(server.received).toHaveLength(51);
  });

  test("is not asked with a token source of an unknown kind", async () => {
    const call = { method: "GET", uri: server.url, tokenSource: { kind: "Secret", resource: "x" } };

    await expect(runHttpActivity(call)).rejects.toThrow(
      "The token source kind 'Secret' is not supported.",
    );
    expect(server.received).toEqual([]);
  });
});
