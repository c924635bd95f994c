import { createHash } from "node:crypto";

import { expect, test } from "vitest";

import { contentHash } from "../../../../shared/domain/adapter/content-hash.ts";

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

const FILES = { weightsSha256: sha256("weights"), configSha256: sha256("config") };

test("the content hash is that of the two files' names and hashes", () => {
  const text = `adapter_model.safetensors\0${FILES.weightsSha256}\nadapter_config.json\0${FILES.configSha256}\n`;

  expect(contentHash(FILES, sha256)).toBe(sha256(text));
});

test("the content hash is another when either file is", () => {
  const hashes = [
    FILES,
    { ...FILES, weightsSha256: sha256("other") },
    { ...FILES, configSha256: sha256("other") },
    { weightsSha256: FILES.configSha256, configSha256: FILES.weightsSha256 },
  ].map((files) => contentHash(files, sha256));

  expect(new Set(hashes).size).toBe(4);
});
