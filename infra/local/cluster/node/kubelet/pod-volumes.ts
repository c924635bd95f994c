import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";

import type {
  V1ConfigMapProjection,
  V1Container,
  V1KeyToPath,
  V1SecretProjection,
  V1Volume,
} from "@kubernetes/client-node";

import { type ClusterClient, orMissing } from "../api/cluster-client.ts";

/** A volume cannot be mounted yet; the message is the one kubectl shows. */
export class MountError extends Error {
  override readonly name = "MountError";
}

interface KeyedSource {
  readonly kind: "secret" | "configmap";
  readonly name: string;
  readonly items: readonly V1KeyToPath[] | undefined;
  readonly optional: boolean;
}

/** The volumes of one pod: directories on this machine, Secrets and ConfigMaps as real files. */
export class PodVolumes {
  readonly #directory: string;
  readonly #namespace: string;
  readonly #volumes: readonly V1Volume[];
  readonly #client: ClusterClient;

  constructor(
    directory: string,
    namespace: string,
    volumes: readonly V1Volume[],
    client: ClusterClient,
  ) {
    this.#directory = directory;
    this.#namespace = namespace;
    this.#volumes = volumes;
    this.#client = client;
  }

  /**
   * Makes every volume, or writes those from the API anew.
   *
   * @throws {MountError} if a Secret, a ConfigMap or a key of one is not there
   */
  async mount(): Promise<void> {
    for (const volume of this.#volumes) {
      const directory = this.#directoryOf(volume.name);
      await mkdir(directory, { recursive: true, mode: 0o700 });
      for (const source of keyedSourcesOf(volume)) await this.#write(volume, source, directory);
    }
  }

  /** The container's files: mounted volumes where it mounts them, its own directory elsewhere. */
  filesOf(container: V1Container): ContainerFiles {
    const mounts = (container.volumeMounts ?? []).map(({ mountPath, name }) => ({
      at: path.posix.normalize(mountPath).replace(/\/$/, ""),
      directory: this.#directoryOf(name),
    }));
    return new ContainerFiles(path.join(this.#directory, "rootfs", container.name), mounts);
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  #directoryOf(volume: string): string {
    return path.join(this.#directory, "volumes", volume);
  }

  async #write(volume: V1Volume, source: KeyedSource, directory: string): Promise<void> {
    const fail = (what: string): MountError =>
      new MountError(`MountVolume.SetUp failed for volume "${volume.name}" : ${what}`);
    const data = await this.#readSource(source);
    if (!data) {
      if (source.optional) return;
      throw fail(`${source.kind} "${source.name}" not found`);
    }
    const items = source.items ?? Array.from(data.keys(), (key) => ({ key, path: key }));
    for (const item of items) {
      const content = data.get(item.key);
      if (!content) {
        if (source.optional) continue;
        throw fail(`references non-existent ${source.kind} key: ${item.key}`);
      }
      const file = within(directory, item.path);
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(file, content, { mode: 0o600 });
    }
  }

  async #readSource({ kind, name }: KeyedSource): Promise<Map<string, Buffer> | undefined> {
    const which = { namespace: this.#namespace, name };
    if (kind === "secret") {
      const secret = await orMissing(this.#client.core.readNamespacedSecret(which));
      return secret && decode(secret.data, "base64");
    }
    const map = await orMissing(this.#client.core.readNamespacedConfigMap(which));
    return map && new Map([...decode(map.data, "utf8"), ...decode(map.binaryData, "base64")]);
  }
}

interface Mount {
  readonly at: string;
  readonly directory: string;
}

/** Maps paths inside a container to paths on this machine, never outside the pod's directory. */
export class ContainerFiles {
  readonly #root: string;
  readonly #mounts: readonly Mount[];

  constructor(root: string, mounts: readonly Mount[]) {
    this.#root = root;
    this.#mounts = mounts.toSorted((a, b) => b.at.length - a.at.length);
  }

  /** @param file - as the program names it; relative names start at `workingDirectory` */
  resolve(file: string, workingDirectory = "/"): string {
    const absolute = path.posix.resolve("/", workingDirectory, file);
    const mount = this.#mounts.find(({ at }) => absolute === at || absolute.startsWith(`${at}/`));
    return mount
      ? within(mount.directory, absolute.slice(mount.at.length))
      : within(this.#root, absolute);
  }

  /** Where volumes are mounted inside of `directory`: listing the directory does not show them. */
  mountPointsIn(directory: string): readonly string[] {
    return this.#mounts.flatMap(({ at }) => (at.startsWith(`${directory}/`) ? [at] : []));
  }
}

function keyedSourcesOf(volume: V1Volume): KeyedSource[] {
  const { secret, configMap, projected } = volume;
  if (secret?.secretName) return [{ ...keyed("secret", secret), name: secret.secretName }];
  if (configMap) return [keyed("configmap", configMap)];
  const sources = projected?.sources ?? [];
  // The volume with the service account's token: no program here calls the API, so it stays empty.
  if (sources.some(({ serviceAccountToken }) => serviceAccountToken)) return [];
  return sources.flatMap(({ secret: fromSecret, configMap: fromMap }) => {
    if (fromSecret) return [keyed("secret", fromSecret)];
    return fromMap ? [keyed("configmap", fromMap)] : [];
  });
}

function keyed(
  kind: KeyedSource["kind"],
  { name, items, optional }: V1SecretProjection | V1ConfigMapProjection,
): KeyedSource {
  return { kind, name: name ?? "", items, optional: optional ?? false };
}

function decode(
  data: Readonly<Record<string, string>> | undefined,
  encoding: BufferEncoding,
): Map<string, Buffer> {
  return new Map(
    Object.entries(data ?? {}).map(([key, text]) => [key, Buffer.from(text, encoding)]),
  );
}

function within(directory: string, relative: string): string {
  return path.join(directory, path.posix.join("/", relative));
}
