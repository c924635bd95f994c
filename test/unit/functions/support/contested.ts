import { FakeRequests } from "../../../support/fakes/fake-requests.ts";
import { FakeRuns } from "../../../support/fakes/fake-runs.ts";
import { FakeServingCluster } from "../../../support/fakes/fake-serving-cluster.ts";
import type { ServingObservation } from "../../../../shared/domain/observation.ts";
import type { RequestRecord } from "../../../../shared/domain/training-request.ts";
import type { RunRecord } from "../../../../shared/domain/run.ts";
import type { Versioned } from "../../../../shared/ports/requests.ts";

/** Rows of runs into which somebody else writes between a read and the write on it. */
export class ContestedRuns extends FakeRuns {
  /** How often it happens from now on. */
  writesOfOthers = 0;

  override async find(id: string): Promise<Versioned<RunRecord> | undefined> {
    const found = await super.find(id);
    if (found && this.writesOfOthers > 0) {
      this.writesOfOthers -= 1;
      await this.update({ ...found.row, note: "somebody else" }, found.etag);
    }
    return found;
  }
}

/** The same with the rows of requests. */
export class ContestedRequests extends FakeRequests {
  writesOfOthers = 0;

  override async find(pipeline: string, id: string): Promise<Versioned<RequestRecord> | undefined> {
    const found = await super.find(pipeline, id);
    if (found && this.writesOfOthers > 0) {
      this.writesOfOthers -= 1;
      await this.update({ ...found.row, message: "somebody else" }, found.etag);
    }
    return found;
  }
}

/** A Workspace into which KAITO writes its annotations between a look and the change on it. */
export class ContestedServing extends FakeServingCluster {
  writesOfKaito = 0;
  looks = 0;

  override async observe(workspace: string, service: string): Promise<ServingObservation> {
    this.looks += 1;
    const seen = await super.observe(workspace, service);
    if (!seen.workspace || this.writesOfKaito === 0) return seen;
    this.writesOfKaito -= 1;
    const { hash: _, ...before } = seen.workspace;
    return { ...seen, workspace: { ...before, resourceVersion: "0" } };
  }
}
