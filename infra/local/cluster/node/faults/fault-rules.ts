import { type ClusterClient, describeError, orMissing } from "../api/cluster-client.ts";
import { type FaultRule, findFault, parseFaultRules } from "./fault-rule.ts";

export interface Faults {
  /** Reads the rules from the cluster, so that a change holds from the next look on. */
  find(workspace: string, images?: readonly string[]): Promise<FaultRule | undefined>;
}

const NAMESPACE = "kube-system";
const NAME = "fake-gpu-node";
const KEY = "rules.yaml";

/** Faults as the ConfigMap `fake-gpu-node` in `kube-system` asks for them. */
export function readFaultsFrom(client: ClusterClient, log: (message: string) => void): Faults {
  let complained: string | undefined;

  async function read(): Promise<readonly FaultRule[]> {
    const map = await orMissing(
      client.core.readNamespacedConfigMap({ namespace: NAMESPACE, name: NAME }),
    );
    const text = map?.data?.[KEY];
    if (text === undefined) return [];
    try {
      return parseFaultRules(text);
    } catch (error) {
      if (complained !== text) {
        log(`ConfigMap ${NAMESPACE}/${NAME}, key ${KEY}, is not used: ${describeError(error)}`);
      }
      complained = text;
      return [];
    }
  }

  return {
    async find(workspace, images) {
      try {
        return findFault(await read(), workspace, images);
      } catch (error) {
        // A rule that cannot be read must not stop the work: faults are for tests only.
        log(`reading the fault rules failed: ${describeError(error)}`);
        return undefined;
      }
    },
  };
}
