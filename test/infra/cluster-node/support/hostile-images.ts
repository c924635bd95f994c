import { buffer } from "node:stream/consumers";

import { pack } from "tar-stream";

import {
  buildAdapterImage,
  MANIFEST_TYPE,
} from "../../../../infra/local/cluster/node/adapter/adapter-image.ts";
import type { Lab } from "./lab.ts";
import { digestOf } from "./oci-registry.ts";

/** As a safetensors file begins: the length of its header. */
export function lengthOf(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** An adapter image with these bytes as its weights. */
export async function putAdapter(lab: Lab, tag: string, weights: Buffer): Promise<void> {
  const config = JSON.stringify({
    peft_type: "LORA",
    r: 8,
    lora_alpha: 8,
    target_modules: ["o_proj"],
  });
  const image = await buildAdapterImage(
    [
      { name: "adapter_config.json", bytes: Buffer.from(config) },
      { name: "adapter_model.safetensors", bytes: weights },
    ],
    {},
    new Date(),
    { truncateLayer: false },
  );
  lab.registry.put(tag, image.manifest.bytes, MANIFEST_TYPE, [image.layer.bytes]);
}

/** An image whose one layer holds one file with this very name. */
export async function putLayer(lab: Lab, tag: string, name: string): Promise<void> {
  const archive = pack();
  archive.entry({ name }, "x");
  archive.finalize();
  const layer = await buffer(archive);
  const manifest = {
    schemaVersion: 2,
    layers: [
      {
        mediaType: "application/vnd.oci.image.layer.v1.tar",
        digest: digestOf(layer),
        size: layer.length,
      },
    ],
  };
  lab.registry.put(tag, Buffer.from(JSON.stringify(manifest)), MANIFEST_TYPE, [layer]);
}
