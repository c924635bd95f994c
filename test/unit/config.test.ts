import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";
import { z } from "zod";

import { ConfigError, loadConfig, SETTING_NAMES } from "../../shared/config.ts";

const SETTINGS = {
  RollforwardStorage__blobServiceUri: "https://account.blob.core.windows.net",
  RollforwardStorage__tableServiceUri: "https://account.table.core.windows.net",
  REGISTRY_LOGIN_SERVER: "registry.azurecr.io",
  KUBERNETES_API_SERVER: "https://cluster.hcp.westeurope.azmk8s.io:443",
  WORKSPACE_NAMESPACE: "ml",
  PUBLIC_BASE_URL: "https://app.azurewebsites.net/",
  DATASET_EVENTS_QUEUE: "dataset-events",
  DATASET_URL_KEY: "k".repeat(32),
};

/** What the hosts of Functions read themselves: no business of ours. */
const OF_THE_HOST =
  /^(?:FUNCTIONS_|AzureWebJobs|TASKHUB_NAME$|RollforwardStorage__(?:credential|clientId|queue))/;

describe("loadConfig", () => {
  test("fills in what a careful engineer would choose", () => {
    const config = loadConfig(SETTINGS);

    expect(config).toEqual({
      storage: {
        blobServiceUrl: "https://account.blob.core.windows.net",
        tableServiceUrl: "https://account.table.core.windows.net",
        sasVersion: undefined,
      },
      clientId: undefined,
      registry: { loginServer: "registry.azurecr.io" },
      kubernetes: {
        server: "https://cluster.hcp.westeurope.azmk8s.io:443",
        ca: undefined,
        scope: "6dae42f8-4368-4678-94ff-3960e28e3630/.default",
        namespace: "ml",
      },
      publicBaseUrl: "https://app.azurewebsites.net",
      datasetUrlKey: "k".repeat(32),
      limits: {
        pollIntervalMs: 10_000,
        capacityTimeoutMs: 2_700_000,
        imagePullGraceMs: 300_000,
        unreachableLimitMs: 1_800_000,
        rolloutTimeoutMs: 3_600_000,
        crashLoopGraceMs: 180_000,
      },
      sweepAfterMs: 300_000,
    });
  });

  test("names everything that is wrong at once, and no value", () => {
    const wrong = {
      ...SETTINGS,
      KUBERNETES_API_SERVER: "http://plain.example",
      DATASET_URL_KEY: "short-secret",
      POLL_INTERVAL_MS: "soon",
      WORKSPACE_NAMESPACE: undefined,
    };

    const load = () => loadConfig(wrong);

    expect(load).toThrow(ConfigError);
    expect(load).toThrow(/KUBERNETES_API_SERVER/);
    expect(load).toThrow(/DATASET_URL_KEY/);
    expect(load).toThrow(/POLL_INTERVAL_MS/);
    expect(load).toThrow(/WORKSPACE_NAMESPACE/);
    expect(load).not.toThrow(/short-secret|plain\.example|soon/);
  });

  test("reads the authority of the cluster, and says which file it cannot read", () => {
    const file = new URL("../../LICENSE", import.meta.url).pathname;

    const config = loadConfig({ ...SETTINGS, KUBERNETES_CA_FILE: file });
    const load = () => loadConfig({ ...SETTINGS, KUBERNETES_CA_FILE: "/nowhere/ca.pem" });

    expect(config.kubernetes.ca).toContain("MIT License");
    expect(load).toThrow("KUBERNETES_CA_FILE: /nowhere/ca.pem cannot be read");
  });

  test("local.settings.example.json has every setting, and none that nobody reads", () => {
    const text = readFileSync(
      new URL("../../local.settings.example.json", import.meta.url),
      "utf8",
    );
    const { Values } = z
      .object({ Values: z.record(z.string(), z.string()) })
      .parse(JSON.parse(text));

    const example = Object.keys(Values).filter((name) => !OF_THE_HOST.test(name));

    expect([...example, "STORAGE_SAS_VERSION"].toSorted()).toEqual([...SETTING_NAMES].toSorted());
  });
});
