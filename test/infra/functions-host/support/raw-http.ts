import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface RawAnswer {
  /** NaN if the connection was closed without a word. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** Everything, as it came. */
  readonly text: string;
}

/** A client that sends what no library would. */
export async function connectRaw(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  // A host that closes while something is still being sent is as good as one that answers.
  socket.on("error", () => undefined);
  return socket;
}

/** Sends these bytes and reads until the host closes. */
export async function sendRaw(port: number, text: string | Buffer): Promise<RawAnswer> {
  const socket = await connectRaw(port);
  socket.write(text);
  return readToEnd(socket);
}

export async function readToEnd(socket: Socket): Promise<RawAnswer> {
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
  if (!socket.closed) await once(socket, "close");
  const [head = "", ...body] = text.split("\r\n\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? Number.NaN);
  return { status, head, body: body.join("\r\n\r\n"), text };
}

export async function getRaw(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  host = `127.0.0.1:${port}`,
): Promise<RawAnswer> {
  const lines = Object.entries({ Host: host, Connection: "close", ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return sendRaw(port, `GET ${path} HTTP/1.1\r\n${head}\r\n`);
}
