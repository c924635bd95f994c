import { z } from "zod";

import { PermanentError, TransientError } from "../../errors.ts";
import type { KubeAnswer, KubeRequest } from "./kube-api.ts";
import { isPassing, isSuccess, kubeError, parseJson } from "./kube-errors.ts";
import type { KubeObjects } from "./kube-objects.ts";
import { atMost } from "./read-body.ts";

const Models = z.object({ data: z.array(z.object({ id: z.string() })) });

const Completion = z.object({
  choices: z
    .array(z.object({ message: z.object({ content: z.string().nullish() }) }))
    .min(1)
    .max(16),
});

const LARGEST_ANSWER = 1024 * 1024;
const LONGEST_TEXT = 16 * 1024;
const LONGEST_COMPLETION = 512;
const SEED = 7;
const ASK_TIMEOUT_MS = 120_000;

/** While weights are downloaded vLLM's port answers 404 to everything, and a queue guard 429. */
const NOT_YET = 404;

export async function listModels(objects: KubeObjects, service: string): Promise<string[]> {
  const answer = await askModel(objects, service, "v1/models", { method: "GET" });
  return parse(service, answer, Models).data.map(({ id }) => id);
}

/** The same question gets the same answer: no temperature, a fixed seed. */
export async function askQuestion(
  objects: KubeObjects,
  service: string,
  model: string,
  question: string,
): Promise<string> {
  const answer = await askModel(objects, service, "v1/chat/completions", {
    method: "POST",
    timeoutMs: ASK_TIMEOUT_MS,
    body: {
      model,
      messages: [{ role: "user", content: question }],
      temperature: 0,
      seed: SEED,
      max_tokens: LONGEST_COMPLETION,
    },
  });
  const [choice] = parse(service, answer, Completion).choices;
  return (choice?.message.content ?? "").slice(0, LONGEST_TEXT);
}

function askModel(
  objects: KubeObjects,
  service: string,
  path: string,
  request: Omit<KubeRequest, "path">,
): Promise<KubeAnswer> {
  const below = `${encodeURIComponent(service)}:80/proxy/${path}`;
  return objects.ask("Service", below, { ...request, read: atMost(LARGEST_ANSWER) });
}

function parse<Output>(service: string, answer: KubeAnswer, schema: z.ZodType<Output>): Output {
  const { status } = answer;
  if (!isSuccess(answer)) throw refusal(service, answer);
  const parsed = schema.safeParse(parseJson(answer.text));
  if (parsed.success) return parsed.data;
  const message = `what answers behind Service ${service} is no model server (${status})`;
  throw new TransientError("CLUSTER_UNAVAILABLE", message);
}

/** What a model server says of itself is not repeated: it may quote the question. */
function refusal(service: string, answer: KubeAnswer): PermanentError | TransientError {
  const { status } = answer;
  if (status === 401 || status === 403) return kubeError(`asking Service ${service}`, answer);
  const message = `the model behind Service ${service} answered ${status}`;
  return status === NOT_YET || isPassing(status) || status >= 500
    ? new TransientError("CLUSTER_UNAVAILABLE", message)
    : new PermanentError("ROLLOUT_FAILED", message);
}
