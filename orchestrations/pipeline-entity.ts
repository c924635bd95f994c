import type { EntityContext } from "durable-functions";

import {
  type AdmissionState,
  emptyAdmission,
  Finished,
  finished,
  Offer,
  offer,
} from "../shared/domain/admission.ts";

/**
 * Who runs and who waits, one entity per pipeline: the engine serialises its operations, so no lock.
 *
 * The decision comes first and the state is set last, because an error does not roll a `setState` back.
 */
export function pipelineEntity(context: EntityContext<AdmissionState>): void {
  const state = context.df.getState() ?? emptyAdmission;
  const [next, answer] = decide(context.df.operationName, state, context.df.getInput());
  context.df.setState(next);
  context.df.return(answer);
}

function decide(
  operation: string | undefined,
  state: AdmissionState,
  input: unknown,
): ReturnType<typeof offer> {
  if (operation === "offer") return offer(state, Offer.parse(input));
  if (operation === "finished") return finished(state, Finished.parse(input));
  return [state, {}]; // a signal of another version of this app
}
