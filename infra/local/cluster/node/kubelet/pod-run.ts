import path from "node:path";

import type { V1Pod, V1PodSpec } from "@kubernetes/client-node";

import { type Busy, whileBusy } from "../../../program/clock/busy.ts";
import { describeError } from "../api/cluster-client.ts";
import type { FaultRule } from "../faults/fault-rule.ts";
import { chooseProgram } from "../programs/choose-program.ts";
import { adapterImagesOf } from "../programs/puller-arguments.ts";
import { toApiTime } from "./api-time.ts";
import { type ContainerSurroundings, createContext } from "./container-context.ts";
import { ContainerRecord } from "./container-record.ts";
import { deletePod } from "./delete-pod.ts";
import type { KubeletServices } from "./kubelet-services.ts";
import { createPodEvents, type PodEventWriter } from "./pod-events.ts";
import { buildPodStatus, type PodStatusPatch } from "./pod-status.ts";
import { MountError, PodVolumes } from "./pod-volumes.ts";
import { findProbeTarget } from "./probe-target.ts";
import { createResumption } from "./resumption.ts";
import { type ContainerHost, runContainer } from "./run-container.ts";
import { StatusWriter } from "./status-writer.ts";

/** One pod on one node, from its first container to its end. */
export class PodRun {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly nodeName: string;
  readonly #services: KubeletServices;
  readonly #spec: V1PodSpec;
  readonly #initContainers: readonly ContainerRecord[];
  readonly #containers: readonly ContainerRecord[];
  readonly #volumes: PodVolumes;
  readonly #status: StatusWriter;
  readonly #event: PodEventWriter;
  readonly #resumption = createResumption();
  readonly #trained = createResumption();
  readonly #kill = new AbortController();
  readonly #startTime = toApiTime(new Date());
  #pod: V1Pod;
  #address: string | undefined;
  #eviction: { reason: string; message: string } | undefined;
  #terminated = false;
  #abandoned = false;
  #done: Promise<void> = Promise.resolve();
  #termination: Promise<void> | undefined;

  constructor(pod: V1Pod, services: KubeletServices) {
    const { namespace = "", name = "", uid = "" } = pod.metadata ?? {};
    this.namespace = namespace;
    this.name = name;
    this.uid = uid;
    this.#pod = pod;
    this.#services = services;
    this.#spec = pod.spec ?? { containers: [] };
    this.nodeName = this.#spec.nodeName ?? "";
    const initContainers = this.#spec.initContainers ?? [];
    const waiting = initContainers.length > 0 ? "PodInitializing" : "ContainerCreating";
    this.#initContainers = initContainers.map((spec) => new ContainerRecord(spec, true, waiting));
    this.#containers = this.#spec.containers.map(
      (spec) => new ContainerRecord(spec, false, waiting),
    );
    this.#volumes = new PodVolumes(
      path.join(services.directory, uid),
      namespace,
      this.#spec.volumes ?? [],
      services.client,
    );
    this.#event = createPodEvents(services.client, services.clock, pod, services.log);
    this.#status = new StatusWriter({
      client: services.client,
      clock: services.clock,
      namespace,
      name,
      retryMs: services.timings.retry,
      build: () => this.#buildStatus(),
      isCutOff: () => services.nodes.isLost(this.nodeName),
      log: services.log,
    });
  }

  start(): void {
    const { clock } = this.#services;
    this.#done = whileBusy(clock, (busy) => this.#run(busy)).catch((error: unknown) => {
      if (this.#kill.signal.aborted) return;
      this.#services.log(`pod ${this.namespace}/${this.name}: ${describeError(error)}`);
    });
  }

  /** Takes over what others changed in the pod. */
  update(pod: V1Pod): void {
    this.#pod = pod;
  }

  /** Writes the status again: the node was cut off, and is back. */
  publish(): void {
    this.#status.publish();
  }

  container(name: string): ContainerRecord | undefined {
    return [...this.#containers, ...this.#initContainers].find((record) => record.name === name);
  }

  /** Ends the programs, says so in the status, and lets the API delete the pod. Safe to call twice. */
  async terminate(): Promise<void> {
    const { clock } = this.#services;
    this.#termination ??= whileBusy(clock, (busy) => this.#terminate(busy));
    await this.#termination;
  }

  /** Ends the programs and writes nothing: the pod is gone, or this program ends. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    this.#status.close();
    this.#kill.abort();
    await this.#done;
    await this.#status.flush();
    this.#release();
    await this.#volumes.remove();
  }

  async #run(busy: Busy): Promise<void> {
    this.#status.publish();
    await this.#mount(busy);
    this.#address = this.#services.network.assignPodAddress();
    const host = this.#createHost();
    for (const record of this.#initContainers) {
      await busy.wait(() => runContainer(record, host));
      if (!record.ready) return;
    }
    const stopEviction = this.#watchEviction();
    await busy.wait(() =>
      Promise.all(this.#containers.map((record) => runContainer(record, host))),
    );
    stopEviction();
  }

  async #mount(busy: Busy): Promise<void> {
    const { retry } = this.#services.timings;
    for (;;) {
      try {
        await this.#volumes.mount();
        return;
      } catch (error) {
        const message = describeError(error);
        if (error instanceof MountError) this.#event("Warning", "FailedMount", message);
        else this.#services.log(`volumes of pod ${this.namespace}/${this.name}: ${message}`);
      }
      // Somebody else must make what is missing: virtual time does not go on for it.
      await busy.delay(retry, { signal: this.#kill.signal, isBackground: true });
    }
  }

  async #terminate(busy: Busy): Promise<void> {
    this.#kill.abort();
    await busy.wait(() => this.#done);
    this.#terminated = true;
    for (const record of [...this.#initContainers, ...this.#containers]) {
      // Between two runs the last one is what happened.
      if (record.state.waiting && record.lastState.terminated) record.state = record.lastState;
    }
    this.#status.publish();
    await busy.wait(() => this.#status.flush());
    this.#status.close();
    this.#release();
    await this.#volumes.remove();
    await this.#delete(busy);
  }

  async #delete(busy: Busy): Promise<void> {
    const { client, timings, log } = this.#services;
    const { namespace, name, uid } = this;
    while (!this.#abandoned) {
      try {
        await deletePod(client, namespace, name, uid);
        return;
      } catch (error) {
        log(`deleting pod ${namespace}/${name}: ${describeError(error)}`);
        await busy.delay(timings.retry);
      }
    }
  }

  #release(): void {
    if (this.#address !== undefined) this.#services.network.release(this.#address);
  }

  /** The eviction of one pod per Workspace, half-way through its training. */
  #watchEviction(): () => void {
    const { clock, timings } = this.#services;
    const evict = (): void => {
      void whileBusy(clock, () => this.#evictIfAsked());
    };
    return clock.at(clock.now() + timings.training / 2, evict, { isBackground: true });
  }

  async #evictIfAsked(): Promise<void> {
    const fault = await this.#fault();
    if (fault?.fault !== "pod-evicted-once" || this.#kill.signal.aborted) return;
    if (this.#services.claimEviction(this.namespace, this.#workspace())) this.#evict();
  }

  #evict(): void {
    const message = "The node was low on resource: ephemeral-storage. (fault pod-evicted-once)";
    this.#eviction = { reason: "Evicted", message };
    this.#event("Warning", "Evicted", message);
    this.#kill.abort();
    void this.#done.then(() => this.#status.publish());
  }

  #createHost(): ContainerHost {
    const { clock, network, timings } = this.#services;
    return {
      restartPolicy: this.#spec.restartPolicy ?? "Always",
      timings,
      clock,
      signal: this.#kill.signal,
      podTitle: `${this.name}_${this.namespace}(${this.uid})`,
      program: ({ spec }) => chooseProgram(spec),
      context: async (record, busy, signal) =>
        createContext(record, this.#surroundings(await this.#fault()), busy, signal),
      probeTarget: ({ spec }) => findProbeTarget(spec, network, this.#address ?? ""),
      isImageRefused: async (record) =>
        record === this.#containers[0] && (await this.#fault())?.fault === "image-pull-fails",
      publish: () => this.#status.publish(),
      event: this.#event,
    };
  }

  #surroundings(fault: FaultRule | undefined): ContainerSurroundings {
    return {
      services: this.#services,
      spec: this.#spec,
      nodeName: this.nodeName,
      address: this.#address ?? "",
      volumes: this.#volumes,
      resumption: this.#resumption,
      trained: this.#trained,
      fault,
    };
  }

  #fault(): Promise<FaultRule | undefined> {
    return this.#services.faults.find(this.#workspace(), adapterImagesOf(this.#spec));
  }

  #workspace(): string {
    return this.#pod.metadata?.labels?.["kaito.sh/workspace"] ?? "";
  }

  #buildStatus(): PodStatusPatch {
    return buildPodStatus(
      {
        uid: this.uid,
        restartPolicy: this.#spec.restartPolicy ?? "Always",
        initContainers: this.#initContainers,
        containers: this.#containers,
        terminated: this.#terminated,
        podIp: this.#address,
        hostIp: this.#services.nodes.addressOf(this.nodeName),
        startTime: this.#startTime,
        eviction: this.#eviction,
      },
      this.#pod.status?.conditions ?? [],
      toApiTime(new Date()),
    );
  }
}
