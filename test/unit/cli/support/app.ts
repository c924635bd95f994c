import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { text } from "node:stream/consumers";

export interface Seen {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown;
}

/** `GET /api/runs` -> its answer. What is not there is answered as the app answers it. */
type Answers = Readonly<Record<string, (seen: Seen) => Answer | Promise<Answer>>>;

/** A server that answers as the HTTP API does. */
export interface App {
  readonly url: string;
  readonly seen: Seen[];
  stop(): Promise<void>;
  /** Listens again, where it did. */
  start(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const NOT_FOUND: Answer = {
  status: 404,
  body: { error: { code: "NOT_FOUND", message: "There is no such thing" } },
};

export const ok = (body: unknown): Answer => ({ status: 200, body });

/** One answer after the other, and then the last one for ever. */
export function inTurn(...answers: readonly Answer[]): () => Answer {
  let next = 0;
  return () => answers[Math.min(next++, answers.length - 1)] ?? NOT_FOUND;
}

export async function startApp(answers: Answers): Promise<App> {
  const seen: Seen[] = [];
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url = "", headers } = request;
    const asked = { method, path: url, headers, body: await text(request) };
    seen.push(asked);
    const answer = answers[`${method} ${url.split("?")[0] ?? ""}`] ?? (() => NOT_FOUND);
    const { status, headers: own, body } = await answer(asked);
    response.writeHead(status, own);
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
  const open = async (port: number): Promise<Server> => {
    const server = createServer(
      (request, response) => void reply(request, response).catch(() => response.destroy()),
    );
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return server;
  };

  let server = await open(0);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    stop,
    async start() {
      server = await open(port);
    },
    [Symbol.asyncDispose]: stop,
  };
}
