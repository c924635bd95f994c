import { z } from "zod";

import { ApiError, badRequest } from "../api-error.ts";
import type { Call, Reply } from "./call.ts";
import { contentTypeOf, parseBody, readBody } from "./read-body.ts";

const Wish = z.object({
  seconds: z.number().min(0).max(86_400),
  status: z.number().int().min(400).max(599).default(500),
});

/** A time in which the API fails for everybody but the administrator and the node. */
export class Outage {
  #until = 0;
  #status = 500;

  begin(milliseconds: number, status = 500): void {
    this.#until = Date.now() + milliseconds;
    this.#status = status;
  }

  /** @throws {ApiError} while there is an outage */
  check(): void {
    if (Date.now() >= this.#until) return;
    throw new ApiError(
      this.#status,
      this.#status === 500 ? "InternalError" : "ServiceUnavailable",
      "Internal error occurred: outage of the stand-in cluster",
    );
  }

  /** `PUT /stand-in/outage` with `{"seconds": 120, "status": 500}`; 0 seconds ends it. */
  async answer(call: Call): Promise<Reply> {
    const document = parseBody(await readBody(call.request), contentTypeOf(call.request));
    const wish = Wish.safeParse(document);
    if (!wish.success) throw badRequest(z.prettifyError(wish.error));
    this.begin(wish.data.seconds * 1000, wish.data.status);
    return { status: 200, body: { until: new Date(this.#until).toISOString() } };
  }
}
