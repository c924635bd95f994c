import { parseDockerReference } from "../image-reference.ts";
import { dockerConfigVolume, PULLER_IMAGE } from "../pod-parts.ts";
import { pullScript } from "../tuning/scripts.ts";
import type { DataSource, Inference } from "../workspace.ts";

/** What adapters add to a pod: these parts alone are updated in place. */
export interface AdapterParts {
  readonly initContainers: readonly object[];
  readonly volumes: readonly object[];
  readonly volumeMounts: readonly object[];
  readonly env: readonly object[];
  readonly imagePullSecrets: readonly string[];
}

const ADAPTER_VOLUME = "adapter-volume";

/** kaito: pkg/workspace/inference/preset_inferences.go:886-956, manifests.go:241-275. */
export function buildAdapterParts({ adapters }: Inference): AdapterParts {
  const sources = adapters.flatMap(({ source }) => source ?? []);
  const images = sources.filter(({ image }) => image !== "");
  const mounted = sources.filter(({ image, volumeSource }) => image === "" && volumeSource);
  const needsVolume = images.length > 0;
  return {
    initContainers: images.map(puller),
    volumes: [
      ...(needsVolume ? [{ name: ADAPTER_VOLUME, emptyDir: {} }] : []),
      ...images.flatMap(credentialsVolume),
      ...mounted.map(({ name, volumeSource }) => ({
        name: `${ADAPTER_VOLUME}-${name}`,
        ...volumeSource,
      })),
    ],
    volumeMounts: [
      ...(needsVolume ? [{ name: ADAPTER_VOLUME, mountPath: "/mnt/adapter" }] : []),
      ...mounted.map(({ name }) => ({
        name: `${ADAPTER_VOLUME}-${name}`,
        mountPath: `/mnt/adapter/${name}`,
      })),
    ],
    env: adapters.flatMap(({ source, strength }) =>
      source && strength !== undefined ? [{ name: source.name, value: strength }] : [],
    ),
    imagePullSecrets: [...new Set(images.flatMap(({ imagePullSecrets }) => imagePullSecrets))],
  };
}

function puller(source: DataSource): object {
  const { image, imagePullSecrets, name } = source;
  const reference = parseDockerReference(image);
  return {
    name: `puller-${name}`,
    image: PULLER_IMAGE,
    command: ["/bin/sh", "-c"],
    args: [pullScript(reference, `/mnt/adapter/${name}`)],
    volumeMounts: [
      { name: ADAPTER_VOLUME, mountPath: "/mnt/adapter" },
      ...(imagePullSecrets.length > 0
        ? [
            {
              name: credentialsName(source),
              mountPath: `/root/.docker/config.d/${name}-inference-adapter`,
            },
          ]
        : []),
    ],
  };
}

function credentialsVolume(source: DataSource): object[] {
  if (source.imagePullSecrets.length === 0) return [];
  const secrets = source.imagePullSecrets.map((secret) => ({ secret, path: `${secret}.json` }));
  return [dockerConfigVolume(credentialsName(source), secrets)];
}

function credentialsName({ name }: DataSource): string {
  return `docker-config-${name}-inference-adapter`;
}
