import { z } from "zod";

const Common = {
  model: z.string(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
};

const Content = z.union([
  z.string(),
  z.array(z.object({ type: z.string(), text: z.string().optional() })),
]);

export const ChatRequest = z.object({
  ...Common,
  messages: z.array(z.object({ role: z.string(), content: Content.nullish() })).min(1),
  max_completion_tokens: z.int().min(1).nullish(),
});

export const CompletionRequest = z.object({
  ...Common,
  prompt: z.union([z.string(), z.array(z.string()).min(1)]),
});

/** A request for text, whichever of the two routes it came by. */
export interface TextRequest {
  readonly kind: "chat" | "completion";
  readonly model: string;
  readonly question: string;
  readonly maxTokens: number | undefined;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

/** @throws {z.ZodError} if the body is not such a request */
export function parseTextRequest(kind: TextRequest["kind"], body: unknown): TextRequest {
  const parsed = kind === "chat" ? ChatRequest.parse(body) : CompletionRequest.parse(body);
  const maxTokens =
    "messages" in parsed ? (parsed.max_completion_tokens ?? parsed.max_tokens) : parsed.max_tokens;
  return {
    kind,
    model: parsed.model,
    question:
      "messages" in parsed ? lastQuestion(parsed.messages) : [parsed.prompt].flat().join("\n"),
    maxTokens: maxTokens ?? undefined,
    stream: parsed.stream ?? false,
    includeUsage: parsed.stream_options?.include_usage ?? false,
  };
}

function lastQuestion(messages: z.infer<typeof ChatRequest>["messages"]): string {
  const content = (messages.findLast(({ role }) => role === "user") ?? messages.at(-1))?.content;
  if (typeof content === "string") return content;
  return (content ?? []).map(({ text }) => text ?? "").join(" ");
}
