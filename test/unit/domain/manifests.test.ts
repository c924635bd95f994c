import { describe, expect, test } from "vitest";

import { inferenceManifests } from "../../../shared/domain/inference-manifests.ts";
import {
  pushTag,
  requestInstance,
  versionTag,
  buryInstance,
} from "../../../shared/domain/names.ts";
import { tuningManifests } from "../../../shared/domain/tuning-manifests.ts";

describe("tuningManifests", () => {
  const manifests = tuningManifests({
    run: "support-7",
    pipeline: "support",
    namespace: "ml",
    model: "phi-4-mini-instruct",
    method: "qlora",
    instanceType: "Standard_NC24ads_A100_v4",
    trainingConfig: "training_config: {}",
    datasetUrl: "https://app.example/api/datasets/support-7.x/train.jsonl",
    outputImage: "registry.example/adapters/support:run-support-7",
    dockerConfig: "{}",
  });

  test("makes a Workspace without a spec, as KAITO's v1beta1 has it", () => {
    expect(manifests.workspace).toEqual({
      apiVersion: "kaito.sh/v1beta1",
      kind: "Workspace",
      metadata: {
        name: "rf-support-7",
        namespace: "ml",
        labels: {
          "rollforward.dev/role": "tuning",
          "rollforward.dev/run": "support-7",
          "rollforward.dev/pipeline": "support",
        },
      },
      resource: {
        instanceType: "Standard_NC24ads_A100_v4",
        labelSelector: {
          matchLabels: {
            "rollforward.dev/role": "tuning",
            "rollforward.dev/run": "support-7",
            "rollforward.dev/namespace": "ml",
          },
        },
      },
      tuning: {
        preset: { name: "phi-4-mini-instruct" },
        method: "qlora",
        config: "rf-support-7",
        input: {
          name: "dataset",
          urls: ["https://app.example/api/datasets/support-7.x/train.jsonl"],
        },
        output: {
          image: "registry.example/adapters/support:run-support-7",
          imagePushSecret: "rf-support-7",
        },
      },
    });
  });

  test("names ConfigMap and Secret after the run too", () => {
    expect([manifests.configMap, manifests.secret].map(({ metadata }) => metadata.name)).toEqual([
      "rf-support-7",
      "rf-support-7",
    ]);
  });
});

describe("inferenceManifests", () => {
  const { workspace, service, secret } = inferenceManifests({
    pipeline: "support",
    serving: "helpdesk",
    namespace: "ml",
    model: "phi-4-mini-instruct",
    instanceType: "Standard_NC24ads_A100_v4",
    image: "registry.example/adapters/support@sha256:1",
    dockerConfig: "{}",
  });

  test("serves the adapter from the start, by digest, under the serving name", () => {
    expect(workspace.metadata.name).toBe("helpdesk-blue");
    expect(workspace.inference.adapters).toEqual([
      {
        source: {
          name: "helpdesk",
          image: "registry.example/adapters/support@sha256:1",
          imagePullSecrets: ["helpdesk-pull"],
        },
      },
    ]);
    expect(secret.metadata.name).toBe("helpdesk-pull");
  });

  test("puts a Service of our own in front, which selects the Workspace's pods", () => {
    expect(service.metadata.name).toBe("helpdesk");
    expect(service.spec).toEqual({
      selector: { "kaito.sh/workspace": "helpdesk-blue" },
      ports: [{ name: "http", port: 80, targetPort: 5000 }],
    });
  });
});

test("names are derived from the run, the request and the version", () => {
  expect([
    pushTag("support-7"),
    versionTag(3),
    requestInstance("support", "0a"),
    buryInstance("support-7"),
  ]).toEqual(["run-support-7", "v3", "admit-support-0a", "bury-support-7"]);
});
