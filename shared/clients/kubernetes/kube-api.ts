import https from "node:https";
import { setTimeout as delay } from "node:timers/promises";

import type { KubeConfig } from "@kubernetes/client-node";

import { TransientError } from "../../errors.ts";
import { isPassing } from "./kube-errors.ts";
import { atMost, type ReadBody } from "./read-body.ts";

export interface KubeRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below the server's address; its parts are encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly timeoutMs?: number;
  readonly read?: ReadBody;
  /** What is not safe to send twice is sent once; everything else gets over a blip. */
  readonly once?: boolean;
}

export interface KubeAnswer {
  readonly status: number;
  readonly text: string;
}

/** @returns the answer, whatever its status @throws {TransientError} if there is none */
export type KubeApi = (request: KubeRequest) => Promise<KubeAnswer>;

const TIMEOUT_MS = 30_000;
const LARGEST_ANSWER = 16 * 1024 * 1024;
const PAUSES_MS = [200, 800];

/**
 * The Kubernetes API as plain requests, with the SDK's sign-in and TLS.
 *
 * Not the SDK's generated methods: they read bodies of any size, follow redirects with the token in
 * hand (a model behind the proxy may answer with one), have no deadline, and drop fields they do not
 * know.
 */
export function createKubeApi(kubeConfig: KubeConfig): KubeApi {
  return async (request) => {
    for (const pause of request.once ? [] : PAUSES_MS) {
      try {
        const answer = await send(kubeConfig, request);
        if (!isPassing(answer.status)) return answer;
      } catch (error) {
        if (!isBlip(error)) throw error;
      }
      await delay(pause);
    }
    return send(kubeConfig, request);
  };
}

/** A connection that broke, not a deadline that passed: waiting that long again helps nobody. */
function isBlip(error: unknown): boolean {
  return error instanceof TransientError && error.cause !== undefined;
}

async function send(kubeConfig: KubeConfig, request: KubeRequest): Promise<KubeAnswer> {
  const options: https.RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(options);
  const { timeoutMs = TIMEOUT_MS, method, read = atMost(LARGEST_ANSWER) } = request;
  const signal = AbortSignal.timeout(timeoutMs);
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  try {
    return await exchange(addressOf(kubeConfig, request), { ...request, read }, body, {
      ...options,
      method,
      signal,
    });
  } catch (error) {
    if (error instanceof TransientError) throw error;
    if (signal.aborted) {
      const message = `no answer within ${timeoutMs / 1000} s`;
      throw new TransientError("CLUSTER_UNAVAILABLE", message);
    }
    const message = `the Kubernetes API cannot be reached (${codeOf(error)})`;
    throw new TransientError("CLUSTER_UNAVAILABLE", message, { cause: error });
  }
}

function exchange(
  url: URL,
  { contentType = "application/json", read }: { contentType?: string; read: ReadBody },
  body: string | undefined,
  options: https.RequestOptions,
): Promise<KubeAnswer> {
  return new Promise((resolve, reject) => {
    const sent = https.request(url, options, (response) => {
      read(response).then(
        (bytes) => resolve({ status: response.statusCode ?? 0, text: bytes.toString("utf8") }),
        reject,
      );
    });
    sent.on("error", reject);
    sent.setHeader("Accept", "application/json, */*");
    if (body !== undefined) {
      sent.setHeader("Content-Type", contentType);
      // Node does not frame the body of a DELETE by itself.
      sent.setHeader("Content-Length", Buffer.byteLength(body));
    }
    sent.end(body);
  });
}

function addressOf(kubeConfig: KubeConfig, { path, query = {} }: KubeRequest): URL {
  const server = kubeConfig.getCurrentCluster()?.server ?? "";
  const url = new URL(`${server}/${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "no reason given";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
