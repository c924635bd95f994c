import { request } from "node:https";
import { buffer } from "node:stream/consumers";

export interface Answer {
  readonly status: number | undefined;
  readonly body: Buffer;
}

/** Asks as somebody who has nothing but the URL, and trusts only the given authority. */
export async function ask(
  method: "GET" | "PUT" | "DELETE",
  url: string,
  ca: string,
  body = "",
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-length": Buffer.byteLength(body),
      ...(method === "PUT" && { "x-ms-blob-type": "BlockBlob" }),
    };
    const sent = request(url, { ca, method, headers });
    sent.once("error", reject);
    sent.once("response", (response) => {
      buffer(response).then(
        (bytes) => resolve({ status: response.statusCode, body: bytes }),
        reject,
      );
    });
    sent.end(body);
  });
}
