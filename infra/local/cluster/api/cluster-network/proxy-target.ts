import { z } from "zod";

import { Pod } from "../../objects/pod.ts";
import { Service } from "../../objects/service.ts";
import { badRequest, notFound, serviceUnavailable } from "../api-error.ts";
import type { Registry } from "../registry/registry.ts";
import { ENDPOINTS, PODS, SERVICES } from "../resources/core-resources.ts";

export interface Target {
  readonly host: string;
  readonly port: number;
}

interface ProxyName {
  readonly name: string;
  readonly port: string;
}

/** `[scheme:]name[:port]`, as it stands in the URL. */
function parseProxyName(text: string, what: string): ProxyName {
  const parts = text.split(":");
  const [first = "", second = "", third] = parts;
  if (parts.length > 3 || (third !== undefined && first !== "http" && first !== "")) {
    throw badRequest(`invalid ${what} request "${text}"`);
  }
  return third === undefined ? { name: first, port: second } : { name: second, port: third };
}

/** kubernetes: pkg/registry/core/pod/strategy.go, ResourceLocation. */
export function findPodTarget(registry: Registry, namespace: string, text: string): Target {
  const { name, port } = parseProxyName(text, "pod");
  const { spec, status } = Pod.parse(registry.get(PODS, namespace, name));
  const fallback = spec.containers.flatMap(({ ports }) => ports)[0]?.containerPort;
  const number = port === "" ? fallback : Number(port);
  if (status.podIP === undefined) throw serviceUnavailable("pod has no IP address yet");
  if (number !== undefined && !isPort(number)) throw badRequest(`invalid pod request "${text}"`);
  return { host: status.podIP, port: number ?? 80 };
}

const Endpoints = z.object({
  subsets: z
    .array(
      z.object({
        addresses: z.array(z.object({ ip: z.string() })).default([]),
        ports: z.array(z.object({ name: z.string().optional(), port: z.number() })).default([]),
      }),
    )
    .default([]),
});

/**
 * kubernetes: pkg/registry/core/service/storage/storage.go, ResourceLocation: the legacy Endpoints
 * decide, not the EndpointSlices, and one ready address is chosen by chance.
 */
export function findServiceTarget(registry: Registry, namespace: string, text: string): Target {
  const { name, port } = parseProxyName(text, "service");
  const { spec } = Service.parse(registry.get(SERVICES, namespace, name));
  const servicePort = spec.ports.find(
    (each) => port === "" || each.name === port || String(each.port) === port,
  );
  const unavailable = serviceUnavailable(`no endpoints available for service "${text}"`);
  if (!servicePort) throw unavailable;
  const stored = registry.find(ENDPOINTS, namespace, name);
  if (!stored) throw notFound(ENDPOINTS, name);
  const targets = Endpoints.parse(stored).subsets.flatMap(({ addresses, ports }) => {
    const found = ports.find((each) => (each.name ?? "") === (servicePort.name ?? ""));
    return found ? addresses.map(({ ip }) => ({ host: ip, port: found.port })) : [];
  });
  const target = targets[Math.floor(Math.random() * targets.length)];
  if (!target) throw unavailable;
  return target;
}

function isPort(number: number): boolean {
  return Number.isInteger(number) && number > 0 && number < 65_536;
}
