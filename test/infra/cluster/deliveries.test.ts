import { describe, expect, test } from "vitest";

import { NODES, PODS } from "../../../infra/local/cluster/api/resources/core-resources.ts";
import { NODE_CLAIMS } from "../../../infra/local/cluster/api/resources/custom-resources.ts";
import type { Resource } from "../../../infra/local/cluster/api/resource.ts";
import { Deliveries } from "../../../infra/local/cluster/deliveries.ts";
import { parseObject } from "../../../infra/local/cluster/objects/parse-object.ts";
import { VirtualClock } from "../../../infra/local/program/clock/virtual-clock.ts";

const PODS_PATH = "/api/v1/pods";
const CLAIMS_PATH = "/apis/karpenter.sh/v1/nodeclaims";

function start() {
  const clock = new VirtualClock(0);
  const deliveries = new Deliveries(clock);
  return {
    clock,
    deliveries,
    change: (resource: Resource, revision: number): void => {
      const object = parseObject({ metadata: { name: "x" } });
      deliveries.send({ type: "ADDED", revision, resource, object });
    },
    isHeld: () => clock.status().own.isHeld,
  };
}

describe("time stands still for a change", () => {
  test("until the node has seen it, and no earlier one", () => {
    const { change, deliveries, isHeld } = start();
    change(PODS, 7);

    deliveries.see(PODS_PATH, 6);
    const before = isHeld();
    deliveries.see(PODS_PATH, 7);

    expect([before, isHeld()]).toEqual([true, false]);
  });

  test("until the last of several was seen, of each kind", () => {
    const { change, deliveries, isHeld } = start();
    change(PODS, 7);
    change(NODE_CLAIMS, 8);
    change(PODS, 9);

    deliveries.see(PODS_PATH, 9);
    const before = isHeld();
    deliveries.see(CLAIMS_PATH, 8);

    expect([before, isHeld()]).toEqual([true, false]);
  });

  test("not if the node does not watch it", () => {
    const { change, isHeld } = start();

    change(NODES, 7);

    expect(isHeld()).toBe(false);
  });

  test("not if a whole list has brought it", () => {
    const { change, deliveries, isHeld } = start();
    change(PODS, 7);

    deliveries.see(PODS_PATH, 40);

    expect(isHeld()).toBe(false);
  });
});
