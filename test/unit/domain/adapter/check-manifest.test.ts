import { describe, expect, test } from "vitest";

import { checkManifest } from "../../../../shared/domain/adapter/check-manifest.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const CONFIG = {
  mediaType: "application/vnd.oci.image.config.v1+json",
  digest: DIGEST,
  size: 99,
};
const LAYER = {
  mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
  digest: DIGEST,
  size: 1_050_197,
};
/** As KAITO's pusher writes it, with oras 1.2.2. */
const MANIFEST = {
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  config: CONFIG,
  layers: [{ ...LAYER, annotations: { "org.opencontainers.image.title": "layer.tar.gz" } }],
  annotations: {
    "org.opencontainers.image.created": "2026-11-24T00:52:16Z",
    "sh.kaito.model.name": "phi-4-mini-instruct",
  },
};

function check(change: object = {}) {
  const text = JSON.stringify({ ...MANIFEST, ...change });
  return checkManifest(text, { model: "phi-4-mini-instruct" });
}

describe("a manifest of KAITO's pusher", () => {
  test("names the configuration and the one layer", () => {
    expect(check()).toEqual({ ok: true, value: { config: CONFIG, layer: LAYER } });
  });

  test.each([
    ["without its own media type", { mediaType: undefined }],
    [
      "as Docker writes it",
      {
        mediaType: "application/vnd.docker.distribution.manifest.v2+json",
        layers: [{ ...LAYER, mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip" }],
      },
    ],
  ])("may be %s", (_, change) => {
    expect(check(change)).toMatchObject({ ok: true });
  });
});

describe("another manifest is refused", () => {
  test.each([
    ["no layer", { layers: [] }, "the image has 0 layers; KAITO pushes exactly one"],
    ["two layers", { layers: [LAYER, LAYER] }, "the image has 2 layers; KAITO pushes exactly one"],
    [
      "an index",
      { manifests: [LAYER], config: undefined },
      "the image is an index of several images; KAITO pushes one image",
    ],
    ["another media type", { mediaType: "text/html" }, `the manifest's media type is "text/html"`],
    [
      "a layer that is not compressed",
      { layers: [{ ...LAYER, mediaType: "application/vnd.oci.image.layer.v1.tar" }] },
      `the layer's media type is "application/vnd.oci.image.layer.v1.tar", not a gzipped tar`,
    ],
    [
      "another model",
      { annotations: { "sh.kaito.model.name": "phi-4" } },
      'the annotation sh.kaito.model.name is "phi-4"; it must be "phi-4-mini-instruct"',
    ],
    [
      "no annotations",
      { annotations: undefined },
      'the annotation sh.kaito.model.name is missing; it must be "phi-4-mini-instruct"',
    ],
    [
      "a huge configuration",
      { config: { ...CONFIG, size: 65_537 } },
      "the config blob has 65537 bytes, more than 65536",
    ],
    [
      "a huge layer",
      { layers: [{ ...LAYER, size: 4_294_967_297 }] },
      "the layer has 4294967297 bytes, more than 4294967296",
    ],
  ])("%s", (_, change, problem) => {
    expect(check(change)).toEqual({ ok: false, problems: [problem] });
  });

  test.each([
    ["another schema", { schemaVersion: 1 }, "manifest schemaVersion"],
    ["no configuration", { config: undefined }, "manifest config"],
    [
      "a digest of another kind",
      { layers: [{ ...LAYER, digest: "md5:0" }] },
      "layers.0.digest: not",
    ],
    ["a digest that is a path", { config: { ...CONFIG, digest: "../../x" } }, "config.digest: not"],
    ["a size that is none", { layers: [{ ...LAYER, size: -1 }] }, "manifest layers.0.size"],
  ])("%s", (_, change, problem) => {
    const checked = check(change);

    expect(checked.ok ? [] : checked.problems).toEqual([expect.stringContaining(problem)]);
  });

  test("and told all of its problems at once", () => {
    expect(
      check({ mediaType: "a/b", layers: [{ ...LAYER, mediaType: "c/d" }], annotations: {} }),
    ).toEqual({ ok: false, problems: expect.objectContaining({ length: 3 }) });
  });

  test.each(["", "{", "<html>"])("because it is not JSON: %j", (text) => {
    expect(checkManifest(text, { model: "phi-4" })).toEqual({
      ok: false,
      problems: ["the manifest is not JSON"],
    });
  });

  test("and quoted in short", () => {
    const checked = check({ mediaType: "x".repeat(10_000) });

    expect(checked.ok ? [] : checked.problems).toEqual([
      `the manifest's media type is "${"x".repeat(79)}...`,
    ]);
  });
});
