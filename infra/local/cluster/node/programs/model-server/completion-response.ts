import { randomUUID } from "node:crypto";

import type { TextRequest } from "./completion-request.ts";

/** One answer, in pieces of a word each: those are the stand-in's tokens. */
export interface Completion {
  readonly id: string;
  readonly created: number;
  readonly request: TextRequest;
  readonly tokens: readonly string[];
  readonly finishReason: "stop" | "length";
}

export function complete(request: TextRequest, text: string): Completion {
  const all = text.match(/\s*\S+/g) ?? [];
  const tokens = all.slice(0, request.maxTokens);
  return {
    id: `${request.kind === "chat" ? "chatcmpl" : "cmpl"}-${randomUUID().replaceAll("-", "")}`,
    created: Math.floor(Date.now() / 1000),
    request,
    tokens,
    finishReason: tokens.length < all.length ? "length" : "stop",
  };
}

/** OpenAI's `chat.completion` or `text_completion`. */
export function toResponse(completion: Completion): object {
  const { finishReason, request, tokens } = completion;
  const text = tokens.join("");
  const choice =
    request.kind === "chat"
      ? { index: 0, message: { role: "assistant", content: text, tool_calls: [] } }
      : { index: 0, text };
  return {
    ...head(completion, request.kind === "chat" ? "chat.completion" : "text_completion"),
    choices: [{ ...choice, logprobs: null, finish_reason: finishReason }],
    usage: usageOf(completion),
  };
}

/** The same as server-sent events, `[DONE]` at the end. */
export function* toEvents(completion: Completion): Generator<string> {
  const { finishReason, request, tokens } = completion;
  const isChat = request.kind === "chat";
  const common = head(completion, isChat ? "chat.completion.chunk" : "text_completion");
  const event = (choice: object): string =>
    `data: ${JSON.stringify({ ...common, choices: [{ index: 0, logprobs: null, ...choice }] })}\n\n`;

  if (isChat) yield event({ delta: { role: "assistant", content: "" }, finish_reason: null });
  for (const token of tokens) {
    yield event(
      isChat
        ? { delta: { content: token }, finish_reason: null }
        : { text: token, finish_reason: null },
    );
  }
  yield event(
    isChat ? { delta: {}, finish_reason: finishReason } : { text: "", finish_reason: finishReason },
  );
  if (request.includeUsage) {
    yield `data: ${JSON.stringify({ ...common, choices: [], usage: usageOf(completion) })}\n\n`;
  }
  yield "data: [DONE]\n\n";
}

function head({ created, id, request }: Completion, object: string): object {
  return { id, object, created, model: request.model };
}

function usageOf({ request, tokens }: Completion): object {
  const prompt = request.question.split(/\s+/).filter((word) => word !== "").length;
  return {
    prompt_tokens: prompt,
    completion_tokens: tokens.length,
    total_tokens: prompt + tokens.length,
  };
}
