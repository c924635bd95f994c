import { z } from "zod";

// What the demo reads of the app's HTTP API; GET /api/openapi.json has all of it.

const Pair = z.object({
  question: z.string(),
  before: z.string().optional(),
  after: z.string().optional(),
});

export const Run = z.object({
  id: z.string(),
  phase: z.string(),
  progress: z
    .object({ stage: z.string(), percent: z.number().optional(), loss: z.number().optional() })
    .optional(),
  phases: z.array(z.object({ phase: z.string(), at: z.string() })),
  endedAt: z.string().optional(),
  failure: z
    .object({ code: z.string(), message: z.string(), details: z.array(z.string()).optional() })
    .optional(),
  note: z.string().optional(),
  version: z.number().optional(),
  digest: z.string().optional(),
  gpuSeconds: z.number().optional(),
  servingGapSeconds: z.number().optional(),
  answers: z.array(Pair).optional(),
  leftBehind: z.array(z.string()),
});
export type Run = z.infer<typeof Run>;

const TrainingRequest = z.object({
  state: z.string(),
  datasets: z.array(z.object({ name: z.string(), etag: z.string() })),
  run: z.string().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
});
export type TrainingRequest = z.infer<typeof TrainingRequest>;

const Serving = z.object({ version: z.number().optional(), digest: z.string().optional() });
export type Serving = z.infer<typeof Serving>;

/** The app as a client of its HTTP API sees it. */
export interface AppClient {
  apply(pipeline: string, yaml: string): Promise<void>;
  requests(pipeline: string): Promise<readonly TrainingRequest[]>;
  run(id: string): Promise<Run>;
  serving(pipeline: string): Promise<Serving>;
  ask(pipeline: string, question: string, of: "adapter" | "base"): Promise<string>;
}

export function createAppClient(url: string, key: string): AppClient {
  async function call<Answer>(
    answer: z.ZodType<Answer>,
    method: string,
    route: string,
    body?: { readonly type: string; readonly text: string },
  ): Promise<Answer> {
    const response = await fetch(`${url}/api/${route}`, {
      method,
      headers: { "x-functions-key": key, ...(body && { "content-type": body.type }) },
      ...(body && { body: body.text }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} /api/${route}: ${response.status} ${text}`);
    return answer.parse(JSON.parse(text));
  }

  return {
    async apply(pipeline, yaml) {
      const body = { type: "application/yaml", text: yaml };
      await call(z.unknown(), "PUT", `pipelines/${pipeline}`, body);
    },
    async requests(pipeline) {
      const Requests = z.object({ requests: z.array(TrainingRequest) });
      return (await call(Requests, "GET", `requests?pipeline=${pipeline}`)).requests;
    },
    run: (id) => call(Run, "GET", `runs/${id}`),
    serving: (pipeline) => call(Serving, "GET", `pipelines/${pipeline}/serving`),
    async ask(pipeline, question, of) {
      const body = { type: "application/json", text: JSON.stringify({ question, of }) };
      const Answer = z.object({ answer: z.string() });
      return (await call(Answer, "POST", `pipelines/${pipeline}/ask`, body)).answer;
    },
  };
}
