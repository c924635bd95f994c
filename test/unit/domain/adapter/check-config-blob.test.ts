import { expect, test } from "vitest";

import { checkConfigBlob } from "../../../../shared/domain/adapter/check-config-blob.ts";

const DIFF_ID = `sha256:${"b".repeat(64)}`;

test("the configuration of KAITO's pusher names the unpacked layer and nothing else", () => {
  expect(checkConfigBlob(`{"rootfs":{"diff_ids":["${DIFF_ID}"]}}`)).toEqual({
    ok: true,
    value: { diffId: DIFF_ID },
  });
});

test.each([
  "",
  "null",
  "{}",
  '{"rootfs":{}}',
  '{"rootfs":{"diff_ids":[]}}',
  '{"rootfs":{"diff_ids":["sha256:abc"]}}',
  `{"rootfs":{"diff_ids":["${DIFF_ID}","${DIFF_ID}"]}}`,
])("a configuration that does not is refused: %j", (text) => {
  expect(checkConfigBlob(text)).toEqual({
    ok: false,
    problems: ["the config blob does not name exactly one layer in rootfs.diff_ids"],
  });
});
