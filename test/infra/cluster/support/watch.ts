import { CustomObjectsApi, KubeConfig, Watch } from "@kubernetes/client-node";
import { onTestFinished } from "vitest";

import { ApiObject } from "./api-client.ts";
import type { TestPlane } from "./plane.ts";

export interface SeenEvent {
  readonly type: string;
  readonly object: ApiObject;
}

export function connect({ plane }: TestPlane): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(plane.kubeconfigFile);
  return config;
}

export function customObjects(test: TestPlane): CustomObjectsApi {
  return connect(test).makeApiClient(CustomObjectsApi);
}

/** Records what a watch of the official client says until the test ends. */
export async function record(
  test: TestPlane,
  path: string,
  query: Record<string, string | number | boolean> = {},
): Promise<SeenEvent[]> {
  const seen: SeenEvent[] = [];
  const controller = await new Watch(connect(test)).watch(
    path,
    query,
    (type, object: unknown) => seen.push({ type, object: ApiObject.parse(object) }),
    () => undefined,
  );
  onTestFinished(() => controller.abort());
  return seen;
}
