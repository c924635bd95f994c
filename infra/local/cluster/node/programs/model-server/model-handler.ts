import type http from "node:http";

import { z } from "zod";

import { answerQuestion } from "./answer.ts";
import { parseTextRequest, type TextRequest } from "./completion-request.ts";
import { complete, toEvents, toResponse } from "./completion-response.ts";
import type { LoadedAdapter } from "./load-adapters.ts";
import { readJson, RequestError } from "./request-body.ts";

/** What the server knows once it has started. */
export interface ServedModel {
  readonly name: string;
  readonly adapters: readonly LoadedAdapter[];
  readonly created: number;
  /** False for ever under the fault `serving-never-ready`. */
  readonly healthy: boolean;
}

/** vLLM's OpenAI-compatible routes; everything is 404 but `/metrics` while `served` has nothing. */
export function createModelHandler(served: () => ServedModel | undefined): http.RequestListener {
  let answered = 0;
  return (request, response) => {
    const model = served();
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    const route = `${request.method} ${path}`;
    if (route === "GET /metrics") {
      sendText(response, metrics(model?.name ?? "", answered));
      return;
    }
    // kaito: inference_api.py:368-415, while the weights are downloaded.
    if (!model) {
      sendJson(response, 404, { detail: "Not Found" });
      return;
    }
    answer(route, model, request, response)
      .then((counted) => (answered += counted ? 1 : 0))
      .catch((error: unknown) => sendError(response, error));
  };
}

/** @returns whether a question was answered */
async function answer(
  route: string,
  model: ServedModel,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<boolean> {
  switch (route) {
    case "GET /health":
      response.writeHead(model.healthy ? 200 : 503).end();
      return false;
    case "GET /v1/models":
      sendJson(response, 200, { object: "list", data: listModels(model) });
      return false;
    case "POST /v1/chat/completions":
      await sendCompletion("chat", model, request, response);
      return true;
    case "POST /v1/completions":
      await sendCompletion("completion", model, request, response);
      return true;
    default:
      request.resume();
      sendJson(response, 404, { detail: "Not Found" });
      return false;
  }
}

async function sendCompletion(
  kind: TextRequest["kind"],
  model: ServedModel,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const asked = parseTextRequest(kind, await readJson(request));
  const adapter = model.adapters.find(({ name }) => name === asked.model);
  if (!adapter && asked.model !== model.name) {
    throw new RequestError(
      404,
      "NotFoundError",
      `The model \`${asked.model}\` does not exist.`,
      "model",
    );
  }
  const completion = complete(asked, answerQuestion(asked.question, model.name, adapter));
  if (!asked.stream) {
    sendJson(response, 200, toResponse(completion));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  for (const event of toEvents(completion)) response.write(event);
  response.end();
}

function listModels({ adapters, created, name }: ServedModel): object[] {
  const entry = { object: "model", created, owned_by: "vllm" };
  return [
    { id: name, ...entry, root: name, parent: null, max_model_len: 4096 },
    ...adapters.map((adapter) => ({
      id: adapter.name,
      ...entry,
      root: adapter.root,
      parent: name,
    })),
  ];
}

function sendError(response: http.ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof RequestError) {
    const { message, param, status, type } = error;
    sendJson(response, status, { error: { message, type, param, code: status } });
    return;
  }
  if (error instanceof z.ZodError) {
    const param = error.issues[0]?.path.join(".") ?? null;
    const message = z.prettifyError(error);
    sendJson(response, 400, { error: { message, type: "BadRequestError", param, code: 400 } });
    return;
  }
  const message = "Internal Server Error";
  sendJson(response, 500, {
    error: { message, type: "InternalServerError", param: null, code: 500 },
  });
}

function metrics(name: string, answered: number): string {
  const label = `{engine="0",model_name="${name}"}`;
  return [
    "# HELP vllm:num_requests_running Number of requests in model execution batches.",
    "# TYPE vllm:num_requests_running gauge",
    `vllm:num_requests_running${label} 0.0`,
    "# HELP vllm:num_requests_waiting Number of requests waiting to be processed.",
    "# TYPE vllm:num_requests_waiting gauge",
    `vllm:num_requests_waiting${label} 0.0`,
    "# HELP vllm:request_success_total Count of successfully processed requests.",
    "# TYPE vllm:request_success_total counter",
    `vllm:request_success_total{engine="0",finished_reason="stop",model_name="${name}"} ${answered}.0`,
    "",
  ].join("\n");
}

function sendText(response: http.ServerResponse, text: string): void {
  response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
  response.end(text);
}

function sendJson(response: http.ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
