import { jsonAnswer } from "../http/answer.ts";
import type { Route } from "./route.ts";

/** `GET /v2/`: "does this speak the protocol, and may I?" */
export function baseRoutes(): Route[] {
  const ask = { needs: "identity", handle: () => jsonAnswer(200, {}) } as const;
  return [{ pattern: /^\/v2\/?$/, operations: { GET: ask, HEAD: ask } }];
}
