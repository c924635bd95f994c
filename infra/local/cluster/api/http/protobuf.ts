import { listAt, objectAt, textAt } from "../../objects/kube-object.ts";
import { ApiError, badRequest } from "../api-error.ts";

/** What kubectl's own `create` commands send for built-in kinds since 1.32. */
export const PROTOBUF = "application/vnd.kubernetes.protobuf";

/** kubernetes: apimachinery/pkg/runtime/serializer/protobuf: `k8s` and a zero byte. */
const PREFIX = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

type Field =
  | { readonly name: string; readonly is: "text" | "base64" | "boolean" | "texts" }
  | { readonly name: string; readonly is: "textMap" | "base64Map" }
  | { readonly name: string; readonly is: Message };

/** Fields by their number in the `generated.proto` files of k8s.io/api; others are left out. */
type Message = Readonly<Record<number, Field>>;

const METADATA: Message = {
  1: { name: "name", is: "text" },
  2: { name: "generateName", is: "text" },
  3: { name: "namespace", is: "text" },
  11: { name: "labels", is: "textMap" },
  12: { name: "annotations", is: "textMap" },
  14: { name: "finalizers", is: "texts" },
};

const TYPE_META: Message = {
  1: { name: "apiVersion", is: "text" },
  2: { name: "kind", is: "text" },
};

const ENVELOPE: Message = {
  1: { name: "typeMeta", is: TYPE_META },
  2: { name: "raw", is: "base64" },
};

const WITH_METADATA: Message = { 1: { name: "metadata", is: METADATA } };

const KINDS: Readonly<Record<string, Message>> = {
  Namespace: WITH_METADATA,
  ServiceAccount: WITH_METADATA,
  SelfSubjectAccessReview: WITH_METADATA,
  SelfSubjectReview: WITH_METADATA,
  ConfigMap: {
    ...WITH_METADATA,
    2: { name: "data", is: "textMap" },
    3: { name: "binaryData", is: "base64Map" },
    4: { name: "immutable", is: "boolean" },
  },
  Secret: {
    ...WITH_METADATA,
    2: { name: "data", is: "base64Map" },
    3: { name: "type", is: "text" },
    4: { name: "stringData", is: "textMap" },
    5: { name: "immutable", is: "boolean" },
  },
};

/**
 * Reads the few kinds that people create without a file.
 *
 * @throws {ApiError} 415 for another kind, 400 for bytes that are none of this
 */
export function parseProtobuf(body: Buffer): unknown {
  if (!body.subarray(0, PREFIX.length).equals(PREFIX)) {
    throw badRequest("the body is not in Kubernetes' protobuf envelope");
  }
  const envelope = decode(body.subarray(PREFIX.length), ENVELOPE);
  const typeMeta = objectAt(envelope, "typeMeta");
  const kind = textAt(typeMeta, "kind") ?? "";
  const message = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (!message) {
    throw new ApiError(
      415,
      "UnsupportedMediaType",
      `the stand-in reads ${kind} as JSON or YAML only: write a manifest and use kubectl apply -f`,
    );
  }
  const content = decode(Buffer.from(textAt(envelope, "raw") ?? "", "base64"), message);
  return { ...typeMeta, ...content };
}

function decode(bytes: Buffer, message: Message): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const { number, value } of readFields(bytes)) {
    const field = message[number];
    if (field) result[field.name] = convert(field, value, result[field.name]);
  }
  return result;
}

function convert({ is }: Field, value: Buffer | number, before: unknown): unknown {
  if (typeof value === "number") return is === "boolean" ? value !== 0 : value;
  if (typeof is === "object") return decode(value, is);
  switch (is) {
    case "text":
      return value.toString("utf8");
    case "base64":
      return value.toString("base64");
    case "texts":
      return [...listAt({ before }, "before"), value.toString("utf8")];
    case "textMap":
      return { ...Object(before), ...decodeEntry(value, "text") };
    case "base64Map":
      return { ...Object(before), ...decodeEntry(value, "base64") };
    case "boolean":
      return undefined;
  }
}

/** A map is a list of small messages. */
function decodeEntry(bytes: Buffer, is: "text" | "base64"): object {
  const entry = decode(bytes, { 1: { name: "key", is: "text" }, 2: { name: "value", is } });
  return { [textAt(entry, "key") ?? ""]: textAt(entry, "value") ?? "" };
}

function* readFields(bytes: Buffer): Generator<{ number: number; value: Buffer | number }> {
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { number, value: readVarint() };
        break;
      case 1:
        at += 8;
        break;
      case 2:
        yield { number, value: readBytes(readVarint()) };
        break;
      case 5:
        at += 4;
        break;
      default:
        throw badRequest("the body is no protobuf message");
    }
  }

  function readBytes(length: number): Buffer {
    if (at + length > bytes.length) throw badRequest("the protobuf message is cut off");
    at += length;
    return bytes.subarray(at - length, at);
  }

  function readVarint(): number {
    let value = 0;
    for (let shift = 1; shift < 2 ** 56; shift *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw badRequest("the protobuf message is cut off");
      value += (byte % 128) * shift;
      if (byte < 128) return value;
    }
    throw badRequest("the body is no protobuf message");
  }
}
