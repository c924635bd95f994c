import { parse } from "yaml";

import { type KubeObject, textAt, valueAt } from "../../objects/kube-object.ts";
import { parseDockerReference } from "../image-reference.ts";
import {
  BASE_IMAGE,
  CURL_IMAGE,
  dockerConfigVolume,
  DOWNLOADER_IMAGE,
  gpuResources,
  nodeAffinity,
  PAUSE_IMAGE,
  PULLER_IMAGE,
  PUSHER_IMAGE,
  SHARED_MEMORY,
  WEIGHTS,
} from "../pod-parts.ts";
import type { Tuning, Workspace } from "../workspace.ts";
import { DOWNLOAD_SCRIPT, pullScript, pushScript } from "./scripts.ts";

export interface TuningPodInput {
  readonly workspace: Workspace;
  readonly tuning: Tuning;
  readonly configMap: KubeObject;
  readonly gpus: number;
  /** Image of the base model's weights. */
  readonly weights: string;
}

const DATA_MOUNT = { name: "data-volume", mountPath: "/mnt/data" };

/** kaito: pkg/workspace/tuning/preset_tuning.go and manifests.go:202-390. */
export function buildTuningPodSpec(input: TuningPodInput): object {
  const { configMap, tuning, workspace } = input;
  const directory = outputDirectory(configMap);
  const pushes = tuning.output.image !== "";
  const data = dataSource(tuning);
  return {
    restartPolicy: "Never",
    ...(pushes && {
      shareProcessNamespace: true,
      imagePullSecrets: [{ name: tuning.output.imagePushSecret }],
    }),
    volumes: [
      SHARED_MEMORY.volume,
      WEIGHTS.volume,
      { name: "config-volume", configMap: { name: configMap.metadata.name, defaultMode: 420 } },
      { name: "results-volume", ...(tuning.output.volumeSource ?? { emptyDir: {} }) },
      ...data.volumes,
      ...(pushes
        ? [
            dockerConfigVolume("docker-config", [
              { secret: tuning.output.imagePushSecret, path: "config.json" },
            ]),
          ]
        : []),
    ],
    initContainers: [weightsDownloader(input.weights), ...data.initContainers],
    containers: [
      trainer(input, directory),
      ...(pushes ? [pusher(tuning, directory), { name: "pause", image: PAUSE_IMAGE }] : []),
    ],
    // Only what the user wrote: a pod may land on any node with these labels (REPORT-2, S1).
    affinity: nodeAffinity(workspace.resource.labelSelector.matchLabels),
    tolerations: [
      { key: "gpu", operator: "Equal", effect: "NoSchedule" },
      { key: "sku", value: "gpu", effect: "NoSchedule" },
      {
        key: "kubernetes.azure.com/scalesetpriority",
        operator: "Equal",
        value: "spot",
        effect: "NoSchedule",
      },
    ],
  };
}

/** kaito: preset_tuning.go:93-107: a relative directory is put under `/mnt`, where the trainer does not write. */
function outputDirectory(configMap: KubeObject): string {
  const document: unknown = parse(textAt(configMap, "data", "training_config.yaml") ?? "");
  const directory = valueAt(document, "training_config", "TrainingArguments", "output_dir");
  if (typeof directory !== "string" || directory === "") return "/mnt/output";
  return directory.startsWith("/mnt/") ? directory : `/mnt/${directory.replace(/^\/+/, "")}`;
}

function weightsDownloader(image: string): object {
  return {
    name: "model-weights-downloader",
    image: DOWNLOADER_IMAGE,
    command: ["oras", "pull", image, "-o", "/workspace/weights"],
    volumeMounts: [WEIGHTS.mount],
  };
}

function dataSource({ input }: Tuning): {
  readonly volumes: readonly object[];
  readonly initContainers: readonly object[];
} {
  const volume = { name: "data-volume", ...(input.volumeSource ?? { emptyDir: {} }) };
  if (input.urls.length > 0) {
    return {
      volumes: [volume],
      initContainers: [
        {
          name: "data-downloader",
          image: CURL_IMAGE,
          command: ["sh", "-c", DOWNLOAD_SCRIPT],
          env: [
            { name: "DATA_URLS", value: input.urls.join(" ") },
            { name: "DATA_VOLUME_PATH", value: "/mnt/data" },
          ],
          volumeMounts: [DATA_MOUNT],
        },
      ],
    };
  }
  if (input.image === "") return { volumes: [volume], initContainers: [] };
  const config = `docker-config-${input.name}-tuning-input`;
  return {
    volumes: [
      volume,
      dockerConfigVolume(
        config,
        input.imagePullSecrets.map((secret) => ({ secret, path: `${secret}.json` })),
      ),
    ],
    initContainers: [
      {
        name: "puller",
        image: PULLER_IMAGE,
        command: ["/bin/sh", "-c"],
        args: [pullScript(parseDockerReference(input.image), "/mnt/data")],
        volumeMounts: [
          DATA_MOUNT,
          { name: config, mountPath: `/root/.docker/config.d/${input.name}-tuning-input` },
        ],
      },
    ],
  };
}

function trainer({ gpus, tuning, workspace }: TuningPodInput, directory: string): object {
  // kaito: preset_tuning.go:217-223 looks at the name as it was typed.
  const isPhi3 = tuning.preset?.name.startsWith("phi-3") ?? false;
  const modules = "k_proj,q_proj,v_proj,o_proj,gate_proj,down_proj,up_proj";
  return {
    name: workspace.metadata.name,
    image: BASE_IMAGE,
    command: [
      "/bin/sh",
      "-c",
      `cd /workspace/tfs/ && python3 metrics_server.py & accelerate launch --num_processes=${gpus} /workspace/tfs/fine_tuning.py`,
    ],
    ports: [{ containerPort: 5000 }],
    env: [
      ...(isPhi3 ? [{ name: "DEFAULT_TARGET_MODULES", value: modules }] : []),
      { name: "PYTORCH_CUDA_ALLOC_CONF", value: "expandable_segments:True" },
    ],
    resources: gpuResources(gpus),
    volumeMounts: [
      SHARED_MEMORY.mount,
      WEIGHTS.mount,
      { name: "config-volume", mountPath: "/mnt/config" },
      { name: "results-volume", mountPath: directory },
      DATA_MOUNT,
    ],
  };
}

function pusher({ output, preset }: Tuning, directory: string): object {
  const image = parseDockerReference(output.image);
  return {
    name: "pusher",
    image: PUSHER_IMAGE,
    command: ["/bin/sh", "-c"],
    args: [pushScript(image, directory, preset?.name ?? "")],
    volumeMounts: [
      { name: "docker-config", mountPath: "/root/.docker" },
      { name: "results-volume", mountPath: directory },
    ],
  };
}
