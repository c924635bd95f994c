import type { Controller, ControllerContext } from "./controller.ts";
import { startEndpointsController } from "./endpoints.ts";
import { startEventExpiry } from "./event-expiry.ts";
import { startGarbageCollector } from "./garbage-collector.ts";
import { startJobController } from "./job/job-controller.ts";
import { startNamespaceController } from "./namespaces.ts";
import { startNodeLifecycle } from "./node-lifecycle.ts";
import { startScheduler } from "./scheduler/scheduler.ts";
import { startStatefulSetController } from "./stateful-set/stateful-set-controller.ts";

/** Kubernetes' own controllers and scheduler. */
export function startControllers(context: ControllerContext): Controller {
  const controllers = [
    startJobController,
    startStatefulSetController,
    startScheduler,
    startEndpointsController,
    startGarbageCollector,
    startNamespaceController,
    startNodeLifecycle,
    startEventExpiry,
  ].map((start) => start(context));
  return {
    stop() {
      for (const controller of controllers) controller.stop();
    },
  };
}
