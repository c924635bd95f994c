import { BASE_IMAGE, gpuResources, nodeAffinity, SHARED_MEMORY, WEIGHTS } from "../pod-parts.ts";
import { modelOf, shortNameOf } from "../presets.ts";
import {
  type Inference,
  isVllm,
  NAMESPACE_LABEL,
  type Workspace,
  WORKSPACE_LABEL,
} from "../workspace.ts";
import { buildAdapterParts } from "./adapters.ts";

const HEALTH = { httpGet: { path: "/health", port: 5000, scheme: "HTTP" } };

const COMMON_ENV = ["VLLM_USE_FLASHINFER_SAMPLER", "VLLM_USE_DEEP_GEMM"].map((name) => ({
  name,
  value: "0",
}));

/** kaito: pkg/workspace/inference/preset_inferences.go, manifests.go:135-186. */
export function buildInferencePodSpec(
  workspace: Workspace,
  inference: Inference,
  gpus: number,
): object {
  const { name, namespace } = workspace.metadata;
  const adapters = buildAdapterParts(inference);
  const config = configParts(inference);
  return {
    volumes: [SHARED_MEMORY.volume, ...config.volumes, ...adapters.volumes, WEIGHTS.volume],
    ...(adapters.initContainers.length > 0 && { initContainers: adapters.initContainers }),
    ...(adapters.imagePullSecrets.length > 0 && {
      imagePullSecrets: adapters.imagePullSecrets.map((secret) => ({ name: secret })),
    }),
    containers: [
      {
        name,
        image: BASE_IMAGE,
        command: ["/bin/sh", "-c", commandLine(workspace, inference, gpus)],
        ports: [{ containerPort: 5000 }],
        env: [...COMMON_ENV, ...adapters.env],
        resources: gpuResources(gpus),
        volumeMounts: [
          WEIGHTS.mount,
          SHARED_MEMORY.mount,
          ...config.mounts,
          ...adapters.volumeMounts,
        ],
        livenessProbe: { ...HEALTH, timeoutSeconds: 1, periodSeconds: 10, failureThreshold: 3 },
        readinessProbe: {
          ...HEALTH,
          initialDelaySeconds: 30,
          timeoutSeconds: 1,
          periodSeconds: 10,
          failureThreshold: 3,
        },
        startupProbe: { ...HEALTH, timeoutSeconds: 1, periodSeconds: 10, failureThreshold: 180 },
      },
    ],
    affinity: nodeAffinity({
      ...workspace.resource.labelSelector.matchLabels,
      [WORKSPACE_LABEL]: name,
      [NAMESPACE_LABEL]: namespace,
    }),
    tolerations: [
      { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" },
      { key: "sku", operator: "Equal", value: "gpu", effect: "NoSchedule" },
      {
        key: "kubernetes.azure.com/scalesetpriority",
        operator: "Equal",
        value: "spot",
        effect: "NoSchedule",
      },
    ],
  };
}

/** kaito: pkg/model/interface.go. The order of the flags is by chance in KAITO: a Go map. */
function commandLine(workspace: Workspace, inference: Inference, gpus: number): string {
  const preset = inference.preset?.name ?? "";
  if (!isVllm(workspace)) {
    return `accelerate launch --num_processes=1 /workspace/tfs/inference_api.py --pipeline=text-generation --pretrained_model_name_or_path=/workspace/tfs/weights --served-model-name=${shortNameOf(preset)}`;
  }
  const flags = [
    `--model=${modelOf(preset)}`,
    `--served-model-name=${shortNameOf(preset)}`,
    "--download-dir=/workspace/weights",
    `--tensor-parallel-size=${gpus}`,
    "--gpu-memory-utilization=0.84",
    "--max-model-len=auto",
    "--load_format=auto",
    "--config_format=auto",
    "--tokenizer_mode=auto",
    "--trust-remote-code",
    "--dtype=bfloat16",
    ...(inference.config === "" ? [] : ["--kaito-config-file=/mnt/config/inference_config.yaml"]),
    // kaito: interface.go:448-450: decided when the StatefulSet is made, and never again.
    ...(inference.adapters.length > 0 ? ["--enable-lora"] : []),
  ];
  return `python3 /workspace/vllm/inference_api.py ${flags.join(" ")}`;
}

function configParts({ config }: Inference): {
  readonly volumes: readonly object[];
  readonly mounts: readonly object[];
} {
  if (config === "") return { volumes: [], mounts: [] };
  return {
    volumes: [{ name: "config-volume", configMap: { name: config, defaultMode: 420 } }],
    mounts: [{ name: "config-volume", mountPath: "/mnt/config" }],
  };
}
