import { once } from "node:events";
import type { Server } from "node:net";

import { UsageError } from "./usage-error.ts";

export interface ListenAt {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** The option that changes the port, named in the error when it is taken. */
  readonly option: string;
}

/**
 * Starts listening.
 *
 * @returns the port that was taken
 * @throws {UsageError} if the port is in use or may not be used, naming it and the option to change it
 */
export async function listen(server: Server, { host, port, option }: ListenAt): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw explain(error, host, port, option);
  }
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

function explain(error: unknown, host: string, port: number, option: string): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") {
    return new UsageError(`Port ${port} on ${host} is in use. Choose another with ${option}.`);
  }
  if (code === "EACCES") {
    return new UsageError(
      `Port ${port} may not be used without rights. Choose another with ${option}.`,
    );
  }
  return error;
}
