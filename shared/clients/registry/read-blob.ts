import { invalidAdapter } from "./read-manifest.ts";
import type { Registry } from "./registry-connection.ts";
import { isAbsent, registryError } from "./registry-errors.ts";

/**
 * The bytes of a blob as they come. Nobody has compared them with the digest.
 *
 * @throws {TransientError} `REGISTRY_UNAVAILABLE` if they stop before their end
 * @throws {PermanentError} `ADAPTER_INVALID` if there is no such blob
 */
export async function* readBlob(
  registry: Registry,
  repository: string,
  digest: string,
): AsyncGenerator<Buffer, void, undefined> {
  const { patienceMs } = registry;
  const stalled = new AbortController();
  const wait = (): NodeJS.Timeout => setTimeout(() => stalled.abort(), patienceMs);
  let timer = wait();
  try {
    const { content } = await registry
      .contentOf(repository)
      .downloadBlob(digest, { abortSignal: stalled.signal });
    // The SDK compares the digest in a listener and throws there, where nobody can catch it: that would
    // end the process, and this loop would wait for ever.
    Reflect.set(content, "onEnd", undefined);
    for await (const chunk of content) {
      clearTimeout(timer);
      yield Buffer.from(chunk);
      timer = wait();
    }
  } catch (error) {
    // A manifest may name a blob that was deleted since.
    if (isAbsent(error)) {
      throw invalidAdapter(repository, digest, [`the registry has no blob ${digest}`]);
    }
    throw registryError(`Reading the blob ${digest} of ${repository}`, error);
  } finally {
    clearTimeout(timer);
  }
}
