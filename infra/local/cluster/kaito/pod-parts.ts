/** kaito: pkg/workspace/manifests; the images of chart 0.12. */
export const BASE_IMAGE = "mcr.microsoft.com/aks/kaito/kaito-base:0.5.0";
export const PULLER_IMAGE = "mcr.microsoft.com/aks/skopeo:1.14.4-6";
export const DOWNLOADER_IMAGE = "mcr.microsoft.com/oss/v2/oras-project/oras:v1.2.3";
export const PUSHER_IMAGE = "ghcr.io/oras-project/oras:v1.2.2";
export const CURL_IMAGE = "curlimages/curl";
export const PAUSE_IMAGE = "registry.k8s.io/pause:latest";

export const SHARED_MEMORY = {
  volume: { name: "dshm", emptyDir: { medium: "Memory" } },
  mount: { name: "dshm", mountPath: "/dev/shm" },
};

export const WEIGHTS = {
  volume: { name: "model-weights-volume", emptyDir: {} },
  mount: { name: "model-weights-volume", mountPath: "/workspace/weights" },
};

export function gpuResources(count: number): object {
  const amount = { "nvidia.com/gpu": String(count) };
  return { limits: amount, requests: amount };
}

/** Required affinity to nodes that have these labels. */
export function nodeAffinity(labels: Readonly<Record<string, string>>): object {
  const matchExpressions = Object.entries(labels).map(([key, value]) => ({
    key,
    operator: "In",
    values: [value],
  }));
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
    },
  };
}

/** A volume with a registry's credentials (kaito: pkg/utils/common_preset.go:111-140). */
export function dockerConfigVolume(
  name: string,
  secrets: readonly { readonly secret: string; readonly path: string }[],
): object {
  return {
    name,
    projected: {
      sources: secrets.map(({ secret, path }) => ({
        secret: { name: secret, items: [{ key: ".dockerconfigjson", path }] },
      })),
      defaultMode: 420,
    },
  };
}
