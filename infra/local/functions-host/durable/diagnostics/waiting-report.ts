import { type Answer, jsonAnswer } from "../../http/answer.ts";
import type { Webhook, WebhookRequest } from "../../http/webhook.ts";
import type { Log } from "../../log.ts";
import { EventType, readHistory, stampAt } from "../history.ts";
import type { Instance, RuntimeStatus } from "../instance.ts";
import { readAnswer } from "../replay/answer.ts";
import { OrchestrationFailure } from "../replay/failure.ts";
import { runOrchestrator } from "../run-orchestrator.ts";
import type { Store } from "../store/store.ts";
import { describeWaiting } from "./describe-waiting.ts";
import type { OrchestratorApp } from "./task-lines.ts";
import { type WaitingFor, waitingFor } from "./waiting-for.ts";

export interface WaitingInstance {
  readonly instanceId: string;
  readonly name: string;
  readonly runtimeStatus: RuntimeStatus;
  readonly createdTime: string;
  /** Null if it has not begun, or its orchestrator cannot be asked. */
  readonly waitingFor: WaitingFor | null;
}

export interface WaitingReportOptions {
  readonly store: Pick<Store, "instances" | "history">;
  readonly app: OrchestratorApp;
  readonly log: Log;
}

const UNFINISHED = ["Pending", "Running", "Suspended"] as const;
const MOST_LOGGED = 20;
const MOST_LISTED = 1000;

/** What the instances that have not ended wait for: for the log at a stop, and as a webhook. */
export class WaitingReport implements Webhook {
  readonly name = "durabletask-waiting";
  readonly #options: WaitingReportOptions;

  constructor(options: WaitingReportOptions) {
    this.#options = options;
  }

  /** `GET ?limit=`: in the order of their ids. */
  async handle({ method, query }: WebhookRequest): Promise<Answer> {
    if (method !== "GET") return { status: 405, headers: { allow: "GET" } };
    const limit = Number(query.get("limit") ?? MOST_LISTED);
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST_LISTED) {
      return jsonAnswer(400, { Message: `'limit' must be a number from 1 to ${MOST_LISTED}.` });
    }
    const found = this.#options.store.instances({ statuses: UNFINISHED, limit });
    return jsonAnswer(200, await this.#describeAll(found));
  }

  async writeToLog(): Promise<void> {
    const { store, log } = this.#options;
    const unfinished = store.instances({ statuses: UNFINISHED });
    const write = (message: string): void =>
      log.write("information", "Host.Triggers.DurableTask", message);
    for (const one of await this.#describeAll(unfinished.slice(0, MOST_LOGGED))) {
      const { waitingFor: waiting } = one;
      const what = waiting ? `waits for ${describeWaiting(waiting)}` : "has not begun";
      write(`Instance '${one.instanceId}' of '${one.name}' has not ended: it ${what}.`);
    }
    const more = unfinished.length - MOST_LOGGED;
    if (more > 0) write(`${more} more instances have not ended.`);
  }

  async #describeAll(instances: readonly Instance[]): Promise<WaitingInstance[]> {
    const described: WaitingInstance[] = [];
    // One by one: the app's orchestrators run in this process.
    for (const instance of instances) {
      const { id: instanceId, name, status: runtimeStatus, createdAt: createdTime } = instance;
      const waiting = await this.#waitingFor(instance);
      described.push({ instanceId, name, runtimeStatus, createdTime, waitingFor: waiting });
    }
    return described;
  }

  /** Asks the orchestrator again: it has no effects of its own, and its answer is not stored. */
  async #waitingFor(instance: Instance): Promise<WaitingFor | null> {
    const { store, app } = this.#options;
    const texts = store.history(instance.id);
    if (texts.length === 0) return null;
    const answer = await runOrchestrator(app, instance, [...texts, endOf(instance)]);
    const state =
      typeof answer === "string"
        ? readAnswer(answer, { orchestrator: instance.name }).state
        : answer;
    return state instanceof OrchestrationFailure ? null : waitingFor(readHistory(texts), state);
  }
}

/** The mark of another episode: the orchestrator then takes all that it does for a replay, and logs nothing. */
function endOf({ updatedAt }: Instance): string {
  return JSON.stringify({ EventType: EventType.OrchestratorStarted, ...stampAt(updatedAt) });
}
