import type { IncomingMessage, ServerResponse } from "node:http";

import { z } from "zod";

import { Disorder } from "./disorder.ts";

export const DELIVERY_ROUTE = "/stand-in/delivery";

/** What the route shows and changes. */
export interface DeliveryControl {
  disorder: Disorder;
  /** Messages that are not in their queue yet. */
  pending(): number;
}

const MAX_BODY_LENGTH = 4096;

/** `GET` shows how events are delivered, `PUT` changes it for those to come. */
export async function answerDeliveryRoute(
  request: IncomingMessage,
  response: ServerResponse,
  control: DeliveryControl,
): Promise<void> {
  if (request.method === "PUT") {
    const parsed = Disorder.safeParse(await readJson(request));
    if (!parsed.success) {
      answer(response, 400, { error: z.prettifyError(parsed.error) });
      return;
    }
    control.disorder = parsed.data;
  } else if (request.method !== "GET") {
    answer(response, 405, { error: "Use GET or PUT." });
    return;
  }
  answer(response, 200, { ...control.disorder, pending: control.pending() });
}

/** @returns `undefined` for what is no JSON, or too much of it */
async function readJson(request: IncomingMessage): Promise<unknown> {
  request.setEncoding("utf8");
  let text = "";
  for await (const chunk of request) {
    // Read to its end all the same: a client that is cut off does not read the answer.
    if (text.length <= MAX_BODY_LENGTH) text += String(chunk);
  }
  if (text.length > MAX_BODY_LENGTH) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}
