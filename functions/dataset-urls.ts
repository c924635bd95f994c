import { createHmac, timingSafeEqual } from "node:crypto";

import { DATASET_FILE } from "../shared/domain/names.ts";
import { RUN_ID } from "../shared/domain/run.ts";
import type { DatasetUrls } from "../shared/ports/dataset-urls.ts";

/**
 * Capabilities `<run>.<mac>`: an HMAC over the run's id with a key that only the app has.
 *
 * @param baseUrl - where pods reach the app; KAITO refuses names of this machine and private addresses
 */
export function createDatasetUrls(baseUrl: string, key: string): DatasetUrls {
  const mac = (run: string): string =>
    createHmac("sha256", key).update(`dataset\n${run}`).digest("base64url");

  return {
    urlFor: (run) => `${baseUrl}/api/datasets/${run}.${mac(run)}/${DATASET_FILE}`,

    runOf: (capability) => {
      const dot = capability.indexOf(".");
      const run = capability.slice(0, dot);
      if (dot < 1 || !RUN_ID.test(run)) return undefined;
      const given = Buffer.from(capability.slice(dot + 1));
      const wanted = Buffer.from(mac(run));
      return given.length === wanted.length && timingSafeEqual(given, wanted) ? run : undefined;
    },
  };
}
