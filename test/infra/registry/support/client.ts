import https from "node:https";
import type { IncomingHttpHeaders } from "node:http";

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Send {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** Sends paths exactly as they are written, which `fetch` would not. */
export class Client {
  readonly #url: URL;
  readonly #ca: string;
  readonly #authorization: string | undefined;

  constructor(url: string, ca: string, authorization?: string) {
    this.#url = new URL(url);
    this.#ca = ca;
    this.#authorization = authorization;
  }

  with(authorization: string): Client {
    return new Client(this.#url.href, this.#ca, authorization);
  }

  async send(method: string, path: string, { body, headers = {} }: Send = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const request = this.open(method, path, {
        ...(body !== undefined &&
          headers["transfer-encoding"] === undefined && {
            "content-length": String(Buffer.byteLength(body)),
          }),
        ...headers,
      });
      request.once("error", reject);
      request.once("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", reject);
        response.once("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        );
      });
      request.end(body);
    });
  }

  /** A request whose body the caller writes. */
  open(method: string, path: string, headers: Record<string, string> = {}) {
    return https.request({
      hostname: this.#url.hostname,
      port: this.#url.port,
      ca: this.#ca,
      // Otherwise the certificate would be compared with the Host header that a test makes up.
      servername: this.#url.hostname,
      agent: false,
      method,
      path,
      headers: {
        ...(this.#authorization !== undefined && { authorization: this.#authorization }),
        ...headers,
      },
    });
  }
}

export function json(reply: Reply): unknown {
  return JSON.parse(reply.body.toString("utf8"));
}

/** The code of the first error of an answer. */
export function codeOf(reply: Reply): string | undefined {
  return (json(reply) as { errors?: { code: string }[] }).errors?.[0]?.code;
}
