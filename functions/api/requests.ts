import type { z } from "zod";

import type { RequestList } from "../../shared/contracts/http-api.ts";
import type { RequestRecord } from "../../shared/domain/training-request.ts";
import type { Requests } from "../../shared/ports/requests.ts";
import { ApiFailure } from "./api-error.ts";
import type { ApiHandler } from "./handler.ts";
import { readPage } from "./paging.ts";

interface RequestRoutes {
  readonly list: ApiHandler<z.infer<typeof RequestList>>;
  readonly get: ApiHandler<RequestRecord>;
}

export function createRequestRoutes(requests: Requests): RequestRoutes {
  return {
    list: async ({ query }) => {
      const { pipeline, limit, next } = readPage(query);
      const page = await requests.list(pipeline, limit, next);
      const isFirst = pipeline === undefined && next === undefined;
      return {
        requests: [...page.rows],
        ...(page.next !== undefined && { next: page.next }),
        unreadable: isFirst ? await requests.unreadable() : [],
      };
    },

    get: async ({ params }) => {
      const { pipeline = "", request = "" } = params;
      const found = await requests.find(pipeline, request);
      if (!found) throw new ApiFailure("NOT_FOUND", `${pipeline} has no request ${request}`);
      return found.row;
    },
  };
}
