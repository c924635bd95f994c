import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import tls from "node:tls";

export interface PodRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly signal: AbortSignal;
}

/** HTTP as a program in a pod speaks it. */
export interface PodHttp {
  /** Sends one request; follows nothing. The caller reads or destroys the answer's body. */
  request(url: URL, request: PodRequest): Promise<http.IncomingMessage>;
  close(): void;
}

export interface PodHttpOptions {
  /** Names only pods resolve, to `address` or `address:port`. */
  readonly hostAliases: Readonly<Record<string, string>>;
  /** PEM file of an authority that pods trust beside the system's. */
  readonly trustFile?: string | undefined;
}

/** A server that says nothing for this long is taken for dead. */
const SILENCE_LIMIT_MS = 60_000;

export function createPodHttp({ hostAliases, trustFile }: PodHttpOptions): PodHttp {
  const ca = trustFile && [...tls.rootCertificates, readFileSync(trustFile, "utf8")];
  const secure = new https.Agent({ keepAlive: true, ...(ca && { ca }) });
  const plain = new http.Agent({ keepAlive: true });

  return {
    request(url, { method = "GET", headers = {}, body, signal }) {
      const target = resolveAlias(url, hostAliases);
      const options = {
        method,
        path: `${url.pathname}${url.search}`,
        headers: { "user-agent": "fake-gpu-node", host: url.host, ...headers },
        hostname: target.hostname,
        port: target.port,
        timeout: SILENCE_LIMIT_MS,
        signal,
      };
      return new Promise((resolve, reject) => {
        const request =
          url.protocol === "https:"
            ? https.request({ ...options, agent: secure })
            : http.request({ ...options, agent: plain });
        request.once("response", resolve);
        request.on("timeout", () =>
          request.destroy(new Error(`${url.host} said nothing for ${SILENCE_LIMIT_MS / 1000} s`)),
        );
        request.on("error", reject);
        request.end(body);
      });
    },
    close() {
      secure.destroy();
      plain.destroy();
    },
  };
}

function resolveAlias(
  url: URL,
  aliases: Readonly<Record<string, string>>,
): { hostname: string; port: string } {
  const ownPort = url.port || (url.protocol === "https:" ? "443" : "80");
  const hostname = url.hostname.replaceAll(/^\[|\]$/g, "");
  const alias = Object.hasOwn(aliases, hostname) ? aliases[hostname] : undefined;
  if (alias === undefined) return { hostname, port: ownPort };
  const [address = alias, port = ownPort] = alias.split(":");
  return { hostname: address, port };
}

/** The whole body as text, for answers that are small by nature. */
export async function readText(response: http.IncomingMessage, limit = 4 << 20): Promise<string> {
  return (await readBytes(response, limit)).toString("utf8");
}

/** @throws {Error} if the body is longer than the limit */
export async function readBytes(response: http.IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > limit) {
      response.destroy();
      throw new Error(`the answer is longer than ${limit} bytes`);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
