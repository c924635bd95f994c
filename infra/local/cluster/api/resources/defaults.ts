import {
  isJsonObject,
  type JsonObject,
  type KubeObject,
  listAt,
  objectAt,
  textAt,
} from "../../objects/kube-object.ts";

/** kubernetes: pkg/apis/core/v1/defaults.go. */
export function withPodDefaults(pod: KubeObject): KubeObject {
  return {
    ...pod,
    spec: withPodSpecDefaults(objectAt(pod, "spec"), {
      serviceAccountName: "default",
      serviceAccount: "default",
      enableServiceLinks: true,
    }),
    status: { phase: "Pending", qosClass: "BestEffort" },
  };
}

function withPodSpecDefaults(spec: JsonObject, more: JsonObject = {}): JsonObject {
  const initContainers = listAt(spec, "initContainers");
  return {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
    ...more,
    ...spec,
    ...(initContainers.length > 0 && { initContainers: initContainers.map(withContainerDefaults) }),
    containers: listAt(spec, "containers").map(withContainerDefaults),
  };
}

function withContainerDefaults(container: unknown): unknown {
  if (!isJsonObject(container)) return container;
  const image = textAt(container, "image") ?? "";
  const isMoving = image.endsWith(":latest") || !/[:@][^/]*$/.test(image);
  const ports = listAt(container, "ports").map((port) =>
    isJsonObject(port) ? { protocol: "TCP", ...port } : port,
  );
  return {
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: isMoving ? "Always" : "IfNotPresent",
    ...container,
    ...(ports.length > 0 && { ports }),
  };
}

/** kubernetes: pkg/registry/batch/job/strategy.go, generateSelector. */
export function withJobDefaults(job: KubeObject): KubeObject {
  const { name, uid = "" } = job.metadata;
  const spec = objectAt(job, "spec");
  const template = objectAt(spec, "template");
  const selector = { "batch.kubernetes.io/controller-uid": uid };
  return {
    ...job,
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: "NonIndexed",
      suspend: false,
      podReplacementPolicy: "TerminatingOrFailed",
      ...spec,
      manualSelector: false,
      selector: { matchLabels: selector },
      template: {
        ...template,
        metadata: {
          ...objectAt(template, "metadata"),
          labels: {
            ...objectAt(template, "metadata", "labels"),
            ...selector,
            "batch.kubernetes.io/job-name": name,
            "controller-uid": uid,
            "job-name": name,
          },
        },
        spec: withPodSpecDefaults(objectAt(template, "spec")),
      },
    },
    status: {},
  };
}

export function withStatefulSetDefaults(set: KubeObject): KubeObject {
  const spec = objectAt(set, "spec");
  const template = objectAt(spec, "template");
  return {
    ...set,
    spec: {
      replicas: 1,
      podManagementPolicy: "OrderedReady",
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      ...spec,
      template: { ...template, spec: withPodSpecDefaults(objectAt(template, "spec")) },
    },
    status: { replicas: 0, availableReplicas: 0 },
  };
}

export function withNamespaceDefaults(namespace: KubeObject): KubeObject {
  const { metadata } = namespace;
  return {
    ...namespace,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name },
    },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  };
}

export function withSecretDefaults({ stringData, ...secret }: KubeObject): KubeObject {
  const encoded = Object.entries(isJsonObject(stringData) ? stringData : {}).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString("base64"),
  ]);
  const data = { ...objectAt(secret, "data"), ...Object.fromEntries(encoded) };
  return { type: "Opaque", ...secret, ...(Object.keys(data).length > 0 && { data }) };
}

/** Addresses that nothing routes: a service is reached through the API's proxy only. */
export function withServiceDefaults(service: KubeObject): KubeObject {
  const spec = objectAt(service, "spec");
  const ip = textAt(spec, "clusterIP") || virtualAddress(service.metadata.uid ?? "");
  const ports = listAt(spec, "ports").map((port) =>
    isJsonObject(port) ? { protocol: "TCP", targetPort: port["port"], ...port } : port,
  );
  return {
    ...service,
    spec: {
      type: "ClusterIP",
      sessionAffinity: "None",
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      internalTrafficPolicy: "Cluster",
      ...spec,
      clusterIP: ip,
      clusterIPs: [ip],
      ...(ports.length > 0 && { ports }),
    },
    status: { loadBalancer: {} },
  };
}

function virtualAddress(uid: string): string {
  const [high = 0, low = 0] = Buffer.from(uid.slice(0, 4), "hex");
  return `10.96.${high}.${low}`;
}
