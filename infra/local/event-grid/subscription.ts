import { subjectOf } from "./blob-event.ts";
import type { BlobWrite } from "./blob-write.ts";

/** Which events go to which queue; all that is given must be true. */
export interface Subscription {
  readonly queueName: string;
  readonly container?: string | undefined;
  readonly subjectBeginsWith?: string | undefined;
  /** Event Grid's advanced filter `StringNotBeginsWith` on the subject. */
  readonly subjectNotBeginsWith?: readonly string[] | undefined;
}

/** @returns the queues that get the event, each once for each subscription that matches */
export function queuesFor(
  write: Pick<BlobWrite, "blob" | "container">,
  subscriptions: readonly Subscription[],
): readonly string[] {
  const subject = subjectOf(write);
  return subscriptions
    .filter(
      ({ container, subjectBeginsWith = "", subjectNotBeginsWith = [] }) =>
        (container === undefined || container === write.container) &&
        begins(subject, subjectBeginsWith) &&
        !subjectNotBeginsWith.some((prefix) => begins(subject, prefix)),
    )
    .map(({ queueName }) => queueName);
}

/** Event Grid compares without case unless `isSubjectCaseSensitive` is set. */
function begins(subject: string, prefix: string): boolean {
  return subject.toLowerCase().startsWith(prefix.toLowerCase());
}
