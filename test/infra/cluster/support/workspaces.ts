export const WORKSPACES = "/apis/kaito.sh/v1beta1/namespaces/ml/workspaces";
export const JOBS = "/apis/batch/v1/namespaces/ml/jobs";
export const STATEFUL_SETS = "/apis/apps/v1/namespaces/ml/statefulsets";

const RESOURCE = "Standard_NC24ads_A100_v4";

export function tuningWorkspace(name: string, changes: object = {}) {
  return {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: { name, namespace: "ml" },
    resource: { instanceType: RESOURCE, labelSelector: { matchLabels: { apps: name } } },
    tuning: {
      preset: { name: "phi-4-mini-instruct" },
      method: "qlora",
      input: { name: "data", urls: ["https://data.example/train.jsonl"] },
      output: { image: "registry.example/adapters/support:v1", imagePushSecret: "push" },
      ...changes,
    },
  };
}

/** @param digits - one for each adapter; its image's digest is that digit, 64 times */
export function inferenceWorkspace(name: string, ...digits: readonly string[]) {
  return {
    apiVersion: "kaito.sh/v1beta1",
    kind: "Workspace",
    metadata: { name, namespace: "ml", annotations: { "kaito.sh/disable-benchmark": "true" } },
    resource: { instanceType: RESOURCE, labelSelector: { matchLabels: { apps: name } } },
    inference: {
      preset: { name: "phi-4-mini-instruct" },
      ...(digits.length > 0 && { adapters: digits.map(adapter) }),
    },
  };
}

export function adapter(digit: string) {
  return { source: { name: "support", image: imageOf(digit), imagePullSecrets: ["pull"] } };
}

export function imageOf(digit: string): string {
  return `registry.example/adapters/support@sha256:${digit.repeat(64)}`;
}
