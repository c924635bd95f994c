import { readFileSync } from "node:fs";
import https from "node:https";

import { z } from "zod";

/** An object as the API shows it; tests reach into it. */
export const ApiObject = z.looseObject({
  kind: z.string().optional(),
  metadata: z
    .looseObject({
      name: z.string().default(""),
      uid: z.string().optional(),
      generation: z.number().optional(),
      resourceVersion: z.string().default(""),
      annotations: z.record(z.string(), z.string()).default({}),
      labels: z.record(z.string(), z.string()).default({}),
      finalizers: z.array(z.string()).default([]),
      deletionTimestamp: z.string().optional(),
    })
    .prefault({}),
});
export type ApiObject = z.infer<typeof ApiObject>;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON. */
  readonly body: ApiObject;
}

export interface RequestOptions {
  readonly type?: string;
  readonly accept?: string;
  /** `null` sends none. */
  readonly token?: string | null;
}

/** Plain HTTPS requests, where the official client would hide what is to be seen. */
export class ApiClient {
  readonly url: string;
  readonly #agent: https.Agent;
  readonly #token: string;

  constructor(url: string, caFile: string, token: string) {
    this.url = url;
    this.#agent = new https.Agent({ ca: readFileSync(caFile), keepAlive: false });
    this.#token = token;
  }

  request(
    method: string,
    path: string,
    body?: object | string | Buffer,
    { type = "application/json", accept, token = this.#token }: RequestOptions = {},
  ): Promise<Answer> {
    const content =
      typeof body === "object" && !Buffer.isBuffer(body) ? JSON.stringify(body) : body;
    return new Promise((resolve, reject) => {
      const request = https.request(
        `${this.url}${path}`,
        {
          method,
          agent: this.#agent,
          headers: {
            ...(token !== null && { authorization: `Bearer ${token}` }),
            // Node does not frame the body of a DELETE by itself.
            ...(content !== undefined && {
              "content-type": type,
              "content-length": Buffer.byteLength(content),
            }),
            ...(accept !== undefined && { accept }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text,
              body: ApiObject.parse(readJson(text)),
            });
          });
        },
      );
      request.on("error", reject);
      request.end(content);
    });
  }

  async get(path: string): Promise<ApiObject> {
    return (await this.request("GET", path)).body;
  }

  async items(path: string): Promise<ApiObject[]> {
    const { text } = await this.request("GET", path);
    return z.object({ items: z.array(ApiObject) }).parse(JSON.parse(text)).items;
  }

  /** @throws {Error} if the API refuses */
  async post(path: string, body: object): Promise<ApiObject> {
    return expectSuccess(await this.request("POST", path, body));
  }

  /** A JSON merge patch. @throws {Error} if the API refuses */
  async patch(path: string, body: object): Promise<ApiObject> {
    const type = "application/merge-patch+json";
    return expectSuccess(await this.request("PATCH", path, body, { type }));
  }
}

/** A watch answers with many documents, a proxied server with any text. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function expectSuccess({ status, text, body }: Answer): ApiObject {
  if (status >= 300) throw new Error(`the API answered ${status}: ${text}`);
  return body;
}
