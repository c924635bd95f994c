import type { FunctionApp } from "../../../infra/local/functions-host/app/function-app.ts";
import type { Store } from "../../../infra/local/functions-host/durable/store/store.ts";
import type { DurableTaskSettings } from "../../../infra/local/functions-host/settings/host-json.ts";

export interface World {
  readonly app: FunctionApp;
  readonly settings: DurableTaskSettings;
  readonly openStore: OpenStore;
}

/** A new, empty store, which can be closed and opened again as after a crash. */
export type OpenStore = () => ReopenableStore;

export interface ReopenableStore {
  readonly open: () => Store;
  /** Closes it and forgets it. */
  readonly discard: () => void;
}

/** Which faults a run has. */
export interface FaultPlan {
  readonly seed: number;
  /** How many commits the run without faults has: crashes are spread over them. */
  readonly commits: number;
}
