import { LABELS, pullSecretName, SERVING_ROLE, servingWorkspaceName } from "./names.ts";
import type { SecretManifest } from "./tuning-manifests.ts";

export interface ServingPlan {
  readonly pipeline: string;
  /** Name of the stable Service, and of the adapter that clients ask for. */
  readonly serving: string;
  readonly namespace: string;
  readonly model: string;
  readonly instanceType: string;
  /** By digest. */
  readonly image: string;
  readonly dockerConfig: string;
}

interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface AdapterManifest {
  readonly source: {
    readonly name: string;
    readonly image: string;
    readonly imagePullSecrets: readonly string[];
  };
}

export interface InferenceWorkspaceManifest {
  readonly apiVersion: "kaito.sh/v1beta1";
  readonly kind: "Workspace";
  readonly metadata: Metadata;
  readonly resource: {
    readonly instanceType: string;
    readonly labelSelector: { readonly matchLabels: Readonly<Record<string, string>> };
  };
  readonly inference: {
    readonly preset: { readonly name: string };
    readonly adapters: readonly AdapterManifest[];
  };
}

export interface ServiceManifest {
  readonly apiVersion: "v1";
  readonly kind: "Service";
  readonly metadata: Metadata;
  readonly spec: {
    readonly selector: Readonly<Record<string, string>>;
    readonly ports: readonly [
      { readonly name: "http"; readonly port: 80; readonly targetPort: 5000 },
    ];
  };
}

export interface InferenceManifests {
  readonly pipeline: string;
  readonly secret: SecretManifest;
  readonly workspace: InferenceWorkspaceManifest;
  readonly service: ServiceManifest;
}

/**
 * A Workspace that serves one adapter from the start, and the stable Service in front of it.
 *
 * From the start, because KAITO puts `--enable-lora` into the command only when the StatefulSet is
 * created with an adapter: adding the first one later makes vLLM crash (kaito.md, 5.2). Our own Service,
 * because KAITO's publishes pods that are not ready and cannot be pointed elsewhere.
 */
export function inferenceManifests(plan: ServingPlan): InferenceManifests {
  const workspace = servingWorkspaceName(plan.serving);
  const labels = { [LABELS.role]: SERVING_ROLE, [LABELS.pipeline]: plan.pipeline };
  const { namespace } = plan;

  return {
    pipeline: plan.pipeline,
    secret: {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: pullSecretName(plan.serving), namespace, labels },
      type: "kubernetes.io/dockerconfigjson",
      stringData: { ".dockerconfigjson": plan.dockerConfig },
    },
    workspace: {
      apiVersion: "kaito.sh/v1beta1",
      kind: "Workspace",
      metadata: {
        name: workspace,
        namespace,
        labels,
        // The start-up benchmark is a minute of full load at every restart, so in every rollout.
        annotations: { "kaito.sh/disable-benchmark": "true" },
      },
      resource: {
        instanceType: plan.instanceType,
        labelSelector: {
          matchLabels: {
            [LABELS.role]: SERVING_ROLE,
            "rollforward.dev/workspace": workspace,
            [LABELS.namespace]: namespace,
          },
        },
      },
      inference: {
        preset: { name: plan.model },
        adapters: [adapterManifest(plan.serving, plan.image, pullSecretName(plan.serving))],
      },
    },
    service: {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: plan.serving, namespace, labels },
      spec: {
        selector: { "kaito.sh/workspace": workspace },
        ports: [{ name: "http", port: 80, targetPort: 5000 }],
      },
    },
  };
}

export function adapterManifest(name: string, image: string, pullSecret: string): AdapterManifest {
  return { source: { name, image, imagePullSecrets: [pullSecret] } };
}
