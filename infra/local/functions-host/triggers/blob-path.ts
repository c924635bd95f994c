import { UsageError } from "../../program/usage-error.ts";
import {
  type BindingData,
  type Capture,
  captureOf,
  evaluate,
  literalStart,
  parseTemplate,
  type Template,
} from "./binding-expressions.ts";

export interface BlobPath {
  readonly container: string;
  readonly blob: string;
}

/** Which blobs a trigger is for. */
export interface BlobPattern {
  readonly container: string;
  /** What the names of all these blobs begin with. */
  readonly prefix: string;
  /** By the blob's name in its container. */
  readonly capture: Capture;
}

/**
 * Reads `container/{name}.{ext}`; a container alone is all its blobs (BlobPathSource.cs, FixedBlobPathSource.cs).
 *
 * @throws {UsageError} if it is no such path
 */
export function parseBlobPattern(path: string, where: string): BlobPattern {
  const { container, blob } = splitPath(path);
  if (container === "" || blob === "" || container.includes("\\")) {
    throw new UsageError(`${where}: '${path}' is no path. It must be 'container/blob'.`);
  }
  if (/[{}]/.test(container)) {
    throw new UsageError(`${where}: the container in '${path}' cannot have expressions.`);
  }
  if (blob === undefined) return { container, prefix: "", capture: () => ({}) };
  const template = parseTemplate(blob, where);
  return { container, prefix: literalStart(template), capture: captureOf(template, where) };
}

/** A path whose expressions have values, or a blob's address: Event Grid's `{data.url}` is one. */
export function resolveBlobPath(
  template: Template,
  data: BindingData,
  accountUrl: string,
): BlobPath {
  const text = evaluate(template, data);
  const path = /^https?:\/\//i.test(text)
    ? pathOfUrl(text, accountUrl)
    : splitPath(text.replace(/^\//, ""));
  if (!path?.blob || path.container === "" || hasDots(text)) {
    throw new Error(`'${text}' is no path of a blob. It must be 'container/blob'.`);
  }
  return { container: path.container, blob: path.blob };
}

/**
 * @param accountUrl of the account that is asked: an emulator has the account's name in its paths
 * @returns undefined if it is no address of a blob
 */
export function pathOfUrl(text: string, accountUrl: string): BlobPath | undefined {
  const url = URL.parse(text);
  const parts = url?.pathname.slice(1).split("/") ?? [];
  const account = URL.parse(accountUrl)?.pathname.split("/")[1];
  const rest = account && parts[0] === account ? parts.slice(1) : parts;
  const { container, blob } = splitPath(rest.join("/"));
  if (!container || !blob) return undefined;
  try {
    const name = decodeURIComponent(blob);
    return hasDots(name) ? undefined : { container: decodeURIComponent(container), blob: name };
  } catch {
    return undefined;
  }
}

/** In a URL these segments lead elsewhere: to blobs that the binding's author did not mean. */
function hasDots(path: string): boolean {
  return path.split(/[/\\]/).some((segment) => segment === "." || segment === "..");
}

function splitPath(path: string): { container: string; blob: string | undefined } {
  const slash = path.indexOf("/");
  return slash < 0
    ? { container: path, blob: undefined }
    : { container: path.slice(0, slash), blob: path.slice(slash + 1) };
}
