import type { z } from "zod";

import { CancelBody, type RunList, type RunView } from "../../shared/contracts/http-api.ts";
import { waitingInstances } from "../../shared/contracts/orchestrations.ts";
import { hasEnded, parseRunId, type RunRecord } from "../../shared/domain/run.ts";
import type { Engine } from "../../shared/ports/engine.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import { changeRun } from "../activities/change-run.ts";
import { ApiFailure } from "./api-error.ts";
import { type ApiHandler, type ApiRequest, parseBody } from "./handler.ts";
import { readPage } from "./paging.ts";

interface Dependencies {
  readonly runs: Runs;
  readonly now: () => Date;
}

interface RunRoutes {
  readonly list: ApiHandler<z.infer<typeof RunList>>;
  readonly get: ApiHandler<RunView>;
  readonly cancel: (request: ApiRequest, engine: Engine) => Promise<RunView>;
}

export function createRunRoutes({ runs, now }: Dependencies): RunRoutes {
  return {
    list: async ({ query }) => {
      const { pipeline, limit, next } = readPage(query);
      const page = await runs.list(pipeline, limit, next);
      return { runs: [...page.rows], ...(page.next !== undefined && { next: page.next }) };
    },

    get: async ({ params }) => requireRun(runs, params["run"]),

    cancel: async ({ params, body }, engine) => {
      const { by } = parseBody(CancelBody, body);
      const { id } = await requireRun(runs, params["run"]);
      // The wish is a row: an event would be lost at a continue-as-new, so it only wakes.
      const row = await changeRun(runs, id, (current) => wish(current, by, now()));
      // Nor does it matter that one fails: the next look sees the row, only later.
      const waiting = [id, ...waitingInstances(id)];
      await Promise.allSettled(waiting.map(async (instance) => engine.wake(instance)));
      return row;
    },
  };
}

function wish(row: RunRecord, by: string, at: Date): RunRecord {
  if (hasEnded(row.phase))
    throw new ApiFailure("CONFLICT", `Run ${row.id} has ended: ${row.phase}`);
  if (row.cancelRequestedAt !== undefined) return row;
  return { ...row, cancelRequestedAt: at.toISOString(), cancelRequestedBy: by };
}

async function requireRun(runs: Runs, id: string | undefined): Promise<RunRecord> {
  const found = id !== undefined && parseRunId(id) ? await runs.find(id) : undefined;
  if (!found) throw new ApiFailure("NOT_FOUND", `There is no run ${id ?? ""}`);
  return found.row;
}
