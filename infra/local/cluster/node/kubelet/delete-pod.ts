import { answered, type ClusterClient } from "../api/cluster-client.ts";

/** Tells the API that the kubelet is done with a pod; a pod that is gone or replaced is left alone. */
export async function deletePod(
  client: ClusterClient,
  namespace: string,
  name: string,
  uid: string,
): Promise<void> {
  try {
    await client.core.deleteNamespacedPod({
      namespace,
      name,
      gracePeriodSeconds: 0,
      body: { preconditions: { uid } },
    });
  } catch (error) {
    if (!answered(error, 404) && !answered(error, 409)) throw error;
  }
}
