import {
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
} from "@kubernetes/client-node";

import { type ClusterClient, describeError } from "./cluster-client.ts";

export interface WatchedList<Item> {
  /** Undefined until the first list has arrived: "nothing known" is not "nothing there". */
  items(): readonly Item[] | undefined;
  stop(): Promise<void>;
}

/** Told, after `onChange`, up to which revision of the API the list of this path is known. */
export type OnSeen = (path: string, revision: number) => void;

export interface WatchOptions<Item extends KubernetesObject> {
  readonly client: ClusterClient;
  readonly path: string;
  readonly list: () => Promise<KubernetesListObject<Item>>;
  /** Something changed; says not what, so whoever listens must compare the whole list. */
  readonly onChange: () => void;
  readonly onSeen: OnSeen;
  readonly log: (message: string) => void;
}

const RESTART_DELAY_MS = 500;

/**
 * Keeps a list of objects up to date through a watch, whatever happens to the connection.
 *
 * An informer of the client library gives up at the first error that it does not know. Each error here
 * makes a new one, which lists again: so a changed or restarted API server is never half believed.
 */
export function watchList<Item extends KubernetesObject>(
  options: WatchOptions<Item>,
): WatchedList<Item> {
  const { client, path, onChange, onSeen, log } = options;
  let current: ReturnType<typeof create> | undefined;
  let latest: ReturnType<typeof create>;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function create() {
    const informer = makeInformer<Item>(client.kubeConfig, path, async () => {
      const list = await options.list();
      // The informer stores the list when this returns; only then may it be read.
      setImmediate(() => {
        if (stopped) return;
        current = informer;
        onChange();
        onSeen(path, Number(list.metadata?.resourceVersion));
      });
      return list;
    });
    informer.on("change", ({ metadata }) => {
      onChange();
      onSeen(path, Number(metadata?.resourceVersion));
    });
    informer.on("error", (error: unknown) => {
      if (stopped || timer !== undefined) return;
      log(`watching ${path} failed, starting again: ${describeError(error)}`);
      timer = setTimeout(restart, RESTART_DELAY_MS);
    });
    return informer;
  }

  function restart(): void {
    timer = undefined;
    void latest.stop();
    latest = create();
    void latest.start();
  }

  latest = create();
  void latest.start();
  return {
    items: () => current?.list(),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await latest.stop();
    },
  };
}
