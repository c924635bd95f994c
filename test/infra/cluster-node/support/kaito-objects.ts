import type { ApiObject } from "./kubernetes-api.ts";

/** The NodeClaim that KAITO makes for a Workspace (recorded from the real controller). */
export function nodeClaim(workspace: string, instanceType = "Standard_NC24ads_A100_v4"): ApiObject {
  return {
    apiVersion: "karpenter.sh/v1",
    kind: "NodeClaim",
    metadata: {
      name: `ws-${workspace}`,
      labels: {
        apps: workspace,
        "kaito.sh/workspace": workspace,
        "kaito.sh/workspacenamespace": "ml",
        "karpenter.sh/nodepool": "kaito",
      },
    },
    spec: {
      requirements: [
        { key: "node.kubernetes.io/instance-type", operator: "In", values: [instanceType] },
      ],
      taints: [{ key: "sku", value: "gpu", effect: "NoSchedule" }],
    },
  };
}

export interface TuningPodOptions {
  readonly workspace: string;
  readonly dataUrl: string;
  readonly image: string;
  readonly preset?: string;
}

const TOKEN_VOLUME = {
  name: "kube-api-access",
  projected: { sources: [{ serviceAccountToken: { path: "token" } }] },
};

/** The pod of a tuning Job (recorded from the real controller, scripts shortened). */
export function tuningPod({ workspace, dataUrl, image, preset }: TuningPodOptions): ApiObject {
  const model = preset ?? "phi-4-mini-instruct";
  const results = { name: "results-volume", mountPath: "/mnt/results" };
  return pod(workspace, `${workspace}-x1`, {
    restartPolicy: "Never",
    volumes: [
      { name: "config-volume", configMap: { name: "training" } },
      { name: "results-volume", emptyDir: {} },
      { name: "data-volume", emptyDir: {} },
      {
        name: "docker-config",
        projected: {
          sources: [
            {
              secret: { name: "push", items: [{ key: ".dockerconfigjson", path: "config.json" }] },
            },
          ],
        },
      },
      TOKEN_VOLUME,
    ],
    initContainers: [
      {
        name: "model-weights-downloader",
        image: "mcr.microsoft.com/oss/v2/oras-project/oras:v1.2.3",
        command: ["oras", "pull", `mcr.microsoft.com/aks/kaito/kaito-${model}:0.2.0`, "-o", "/w"],
      },
      {
        name: "data-downloader",
        image: "curlimages/curl",
        command: ["sh", "-c", "#!/bin/sh"],
        env: [
          { name: "DATA_URLS", value: dataUrl },
          { name: "DATA_VOLUME_PATH", value: "/mnt/data" },
        ],
        volumeMounts: [{ name: "data-volume", mountPath: "/mnt/data" }],
      },
    ],
    containers: [
      {
        name: workspace,
        image: "mcr.microsoft.com/aks/kaito/kaito-base:0.5.0",
        command: ["/bin/sh", "-c", "accelerate launch /workspace/tfs/fine_tuning.py"],
        volumeMounts: [
          { name: "config-volume", mountPath: "/mnt/config" },
          { name: "data-volume", mountPath: "/mnt/data" },
          results,
        ],
      },
      {
        name: "pusher",
        image: "ghcr.io/oras-project/oras:v1.2.2",
        command: ["/bin/sh", "-c"],
        args: [
          `[ ! -z "\${VOL_DIR}" ] || VOL_DIR='/mnt/results'\n` +
            `[ ! -z "\${IMG_REF}" ] || IMG_REF='${image}'\n` +
            `[ ! -z '' ] || ANNOTATIONS_DATA='{"$manifest":{"sh.kaito.model.name":"${model}"}}'\n` +
            `[ ! -z '' ] || SENTINEL_PATH='/mnt/results/fine_tuning_completed.txt'\n`,
        ],
        volumeMounts: [{ name: "docker-config", mountPath: "/root/.docker" }, results],
      },
      { name: "pause", image: "registry.k8s.io/pause:latest" },
    ],
  });
}

export interface ServingPodOptions {
  readonly workspace: string;
  /** Adapter name to image. */
  readonly adapters?: Readonly<Record<string, string>>;
  readonly enableLora?: boolean;
}

/** The pod of an inference StatefulSet (recorded from the real controller, scripts shortened). */
export function servingPod({ workspace, adapters = {}, ...rest }: ServingPodOptions): ApiObject {
  const lora = (rest.enableLora ?? true) ? "--enable-lora " : "";
  return pod(workspace, `${workspace}-0`, {
    restartPolicy: "Always",
    volumes: [
      { name: "adapter-volume", emptyDir: {} },
      {
        name: "docker-config",
        projected: {
          sources: [
            { secret: { name: "push", items: [{ key: ".dockerconfigjson", path: "pull.json" }] } },
          ],
        },
      },
      TOKEN_VOLUME,
    ],
    initContainers: Object.entries(adapters).map(([name, image]) => ({
      name: `puller-${name}`,
      image: "mcr.microsoft.com/aks/skopeo:1.14.4-6",
      command: ["/bin/sh", "-c"],
      args: [
        `[ ! -z "\${IMG_REF}" ] || IMG_REF='${image}'\n` +
          `[ ! -z "\${VOL_DIR}" ] || VOL_DIR='/mnt/adapter/${name}'\nskopeo copy`,
      ],
      volumeMounts: [
        { name: "adapter-volume", mountPath: "/mnt/adapter" },
        { name: "docker-config", mountPath: `/root/.docker/config.d/${name}-inference-adapter` },
      ],
    })),
    containers: [
      {
        name: workspace,
        image: "mcr.microsoft.com/aks/kaito/kaito-base:0.5.0",
        command: [
          "/bin/sh",
          "-c",
          `python3 /workspace/vllm/inference_api.py ${lora}--served-model-name=phi-4-mini-instruct`,
        ],
        ports: [{ containerPort: 5000 }],
        volumeMounts: [{ name: "adapter-volume", mountPath: "/mnt/adapter" }],
        readinessProbe: { httpGet: { path: "/health", port: 5000 } },
      },
    ],
  });
}

function pod(workspace: string, name: string, spec: object): ApiObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "ml", labels: { "kaito.sh/workspace": workspace } },
    spec: { nodeName: `fake-gpu-ws-${workspace}`, ...spec },
    status: { phase: "Pending" },
  };
}
