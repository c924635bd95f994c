import { z } from "zod";

import { type Checked, parseJson, refuse } from "./checked.ts";

const ConfigBlob = z.object({
  rootfs: z.object({ diff_ids: z.array(z.string().regex(/^sha256:[0-9a-f]{64}$/)).length(1) }),
});

/** @returns the digest that the one layer has when it is unpacked; only a read of the layer proves it */
export function checkConfigBlob(text: string): Checked<{ readonly diffId: string }> {
  const parsed = ConfigBlob.safeParse(parseJson(text)?.value);
  const [diffId] = parsed.data?.rootfs.diff_ids ?? [];
  return diffId === undefined
    ? refuse("the config blob does not name exactly one layer in rootfs.diff_ids")
    : { ok: true, value: { diffId } };
}
