import { describe, expect, test } from "vitest";

import { serves } from "../../../shared/domain/serving-state.ts";

describe("serves", () => {
  const known = [
    { version: 1, digest: "sha256:1", image: "r@sha256:1" },
    { version: 2, digest: "sha256:2", image: "r@sha256:2" },
  ];
  const release = {
    pipeline: "support",
    sequence: 1,
    run: "support-2",
    version: 2,
    digest: "sha256:2",
    workspace: "support-blue",
    strategy: "inPlace",
    at: "2026-01-01T00:00:00Z",
  } as const;

  function seen(image: string | undefined, ready = true) {
    const adapters = image === undefined ? [] : [{ name: "support", image }];
    const conditions = [{ type: "InferenceReady", status: ready ? "True" : "False" }];
    return {
      workspace: { resourceVersion: "1", adapters, conditions },
      pods: [],
      service: { resourceVersion: "1", selects: "support-blue" },
    };
  }

  test("says the version whose image is in the Workspace", () => {
    expect(serves(seen("r@sha256:2"), known, release)).toEqual({
      workspace: "support-blue",
      version: 2,
      digest: "sha256:2",
      ready: true,
    });
  });

  test.each`
    image           | drift
    ${"r@sha256:1"} | ${"v2 was released, and v1 is in the Workspace"}
    ${"other@x"}    | ${"v2 was released, and other@x is in the Workspace"}
    ${undefined}    | ${"v2 was released, and no adapter is in the Workspace"}
  `("reports that $image is not what was released", ({ image, drift }) => {
    const given = typeof image === "string" ? image : undefined;

    expect(serves(seen(given, false), known, release)).toMatchObject({ ready: false, drift });
  });

  test("reports a Workspace that is gone, and nothing when there never was a release", () => {
    expect(serves({ pods: [] }, known, release).drift).toContain("its Workspace is gone");
    expect(serves({ pods: [] }, known, undefined)).toEqual({ ready: false });
    expect(serves({ ...seen("r@sha256:1"), service: undefined }, known, undefined)).toEqual({
      version: 1,
      digest: "sha256:1",
      ready: true,
    });
  });
});
