import { describe, expect, test } from "vitest";

import { createDatasetUrls } from "../../../functions/dataset-urls.ts";

const KEY = "k".repeat(32);
const URL_OF_RUN_1 =
  "https://app.example/api/datasets/support-1.lcq18oBvTdkKhPZVFqR2Pl2kFZSJ1-eKd6MxDGvE6pA/train.jsonl";

function capabilityOf(run: string, key = KEY): string {
  const url = createDatasetUrls("https://app.example", key).urlFor(run);
  return url.split("/").at(-2) ?? "";
}

describe("urlFor", () => {
  test("names the run and its file, and what opens it", () => {
    const urls = createDatasetUrls("https://app.example", KEY);

    const url = urls.urlFor("support-1");

    expect(url).toBe(URL_OF_RUN_1);
  });

  test("is the same after a restart: a second try must not change the Workspace", () => {
    const before = createDatasetUrls("https://app.example", KEY).urlFor("support-1");

    const after = createDatasetUrls("https://app.example", KEY).urlFor("support-1");

    expect(after).toBe(before);
  });

  test("is another one for each run and each key, and never holds the key", () => {
    const capabilities = [
      capabilityOf("support-1"),
      capabilityOf("support-2"),
      capabilityOf("support-1", "x".repeat(32)),
    ];

    const macs = capabilities.map((capability) => capability.split(".").at(1));
    expect(new Set(macs).size).toBe(3);
    expect(capabilities.join(" ")).not.toContain("kkk");
  });
});

describe("runOf", () => {
  test("reads back what it gave", () => {
    const urls = createDatasetUrls("https://elsewhere.example", KEY);

    expect(urls.runOf(capabilityOf("support-12"))).toBe("support-12");
  });

  const mac = capabilityOf("support-1").slice("support-1.".length);

  test.each([
    ["nothing", ""],
    ["no mac", "support-1"],
    ["an empty mac", "support-1."],
    ["no run", `.${mac}`],
    ["the mac alone", mac],
    ["the mac of another run", `support-2.${mac}`],
    ["the mac of another key", capabilityOf("support-1", "x".repeat(32))],
    ["a shorter mac", `support-1.${mac.slice(0, -1)}`],
    ["a longer mac", `support-1.${mac}A`],
    ["a mac in other letters", `support-1.${mac.toLowerCase()}`],
    ["a mac of as many characters and more bytes", `support-1.${"ä".repeat(mac.length)}`],
    ["a padded mac", `support-1.${mac}=`],
    ["two macs", `support-1.${mac}.${mac}`],
    ["a path", `../support-1.${mac}`],
    ["a run in capitals", `Support-1.${mac}`],
    ["an escaped dot", `support-1%2E${mac}`],
  ])("opens nothing with %s", (_what, capability) => {
    const urls = createDatasetUrls("https://app.example", KEY);

    expect(urls.runOf(capability)).toBeUndefined();
  });
});
