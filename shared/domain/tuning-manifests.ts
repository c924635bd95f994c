import { LABELS, TUNING_ROLE, tuningName } from "./names.ts";

export interface TuningPlan {
  readonly run: string;
  readonly pipeline: string;
  readonly namespace: string;
  readonly model: string;
  readonly method: "lora" | "qlora";
  readonly instanceType: string;
  /** Content of `training_config.yaml`. */
  readonly trainingConfig: string;
  /** Where the data-downloader finds the merged file. */
  readonly datasetUrl: string;
  /** `<registry>/<repository>:<tag>`: unique to the run. */
  readonly outputImage: string;
  /** A `.dockerconfigjson`; never logged. */
  readonly dockerConfig: string;
}

interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ConfigMapManifest {
  readonly apiVersion: "v1";
  readonly kind: "ConfigMap";
  readonly metadata: Metadata;
  readonly data: Readonly<Record<string, string>>;
}

export interface SecretManifest {
  readonly apiVersion: "v1";
  readonly kind: "Secret";
  readonly metadata: Metadata;
  readonly type: "kubernetes.io/dockerconfigjson";
  readonly stringData: Readonly<Record<".dockerconfigjson", string>>;
}

/** `kaito.sh/v1beta1`: there is no `spec`, `tuning` is at the top (kaito: api/v1beta1/workspace_types.go). */
export interface TuningWorkspaceManifest {
  readonly apiVersion: "kaito.sh/v1beta1";
  readonly kind: "Workspace";
  readonly metadata: Metadata;
  readonly resource: {
    readonly instanceType: string;
    readonly labelSelector: { readonly matchLabels: Readonly<Record<string, string>> };
  };
  readonly tuning: {
    readonly preset: { readonly name: string };
    readonly method: string;
    readonly config: string;
    readonly input: { readonly name: string; readonly urls: readonly string[] };
    readonly output: { readonly image: string; readonly imagePushSecret: string };
  };
}

export interface TuningManifests {
  readonly run: string;
  readonly configMap: ConfigMapManifest;
  readonly secret: SecretManifest;
  readonly workspace: TuningWorkspaceManifest;
}

/**
 * What KAITO is asked to tune: three objects under one name.
 *
 * The match labels name the run and the namespace because KAITO copies them, not the labels, to nodes,
 * and because tuning pods are bound to nodes by them alone: labels that another Workspace of the
 * cluster shares would put this trainer on a foreign node.
 */
export function tuningManifests(plan: TuningPlan): TuningManifests {
  const name = tuningName(plan.run);
  const labels = {
    [LABELS.role]: TUNING_ROLE,
    [LABELS.run]: plan.run,
    [LABELS.pipeline]: plan.pipeline,
  };
  const metadata = { name, namespace: plan.namespace, labels };

  return {
    run: plan.run,
    configMap: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      data: { "training_config.yaml": plan.trainingConfig },
    },
    secret: {
      apiVersion: "v1",
      kind: "Secret",
      metadata,
      type: "kubernetes.io/dockerconfigjson",
      stringData: { ".dockerconfigjson": plan.dockerConfig },
    },
    workspace: {
      apiVersion: "kaito.sh/v1beta1",
      kind: "Workspace",
      metadata,
      resource: {
        instanceType: plan.instanceType,
        labelSelector: {
          matchLabels: {
            [LABELS.role]: TUNING_ROLE,
            [LABELS.run]: plan.run,
            [LABELS.namespace]: plan.namespace,
          },
        },
      },
      tuning: {
        preset: { name: plan.model },
        method: plan.method,
        config: name,
        input: { name: "dataset", urls: [plan.datasetUrl] },
        output: { image: plan.outputImage, imagePushSecret: name },
      },
    },
  };
}
