import { z } from "zod";

import { apiTime } from "../../objects/kube-object.ts";
import type { Identity } from "../http/authenticate.ts";
import type { Call, Reply } from "../http/call.ts";
import { contentTypeOf, parseBody, readBody } from "../http/read-body.ts";

/** Questions that are posted and answered, and never stored. */
export const REVIEW_RESOURCES = [
  {
    group: "authorization.k8s.io",
    version: "v1",
    plural: "selfsubjectaccessreviews",
    kind: "SelfSubjectAccessReview",
  },
  {
    group: "authentication.k8s.io",
    version: "v1",
    plural: "selfsubjectreviews",
    kind: "SelfSubjectReview",
  },
] as const;

const Review = z.object({ spec: z.looseObject({}).optional() });

/** `kubectl auth can-i` and `whoami`. Whoever is known may do everything here: there are no roles. */
export async function answerReview(
  path: string,
  { user }: Identity,
  call: Call,
): Promise<Reply | undefined> {
  const review = REVIEW_RESOURCES.find(
    ({ group, version, plural }) => path === `/apis/${group}/${version}/${plural}`,
  );
  if (!review || call.method !== "POST") return undefined;
  const { spec } = Review.parse(
    parseBody(await readBody(call.request), contentTypeOf(call.request)),
  );
  const status =
    review.kind === "SelfSubjectReview"
      ? { userInfo: { username: user, groups: ["system:authenticated"] } }
      : { allowed: true, reason: "the stand-in has no roles" };
  return {
    status: 201,
    body: {
      kind: review.kind,
      apiVersion: `${review.group}/${review.version}`,
      metadata: { creationTimestamp: apiTime() },
      ...(spec && { spec }),
      status,
    },
  };
}
