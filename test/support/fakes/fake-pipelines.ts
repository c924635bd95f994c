import type { Pipelines, StoredPipeline } from "../../../shared/ports/pipelines.ts";

export class FakePipelines implements Pipelines {
  #stored = new Map<string, StoredPipeline>();

  async list(): Promise<StoredPipeline[]> {
    return [...this.#stored.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async find(name: string): Promise<StoredPipeline | undefined> {
    return this.#stored.get(name);
  }

  async apply(name: string, yaml: string): Promise<StoredPipeline & { changed: boolean }> {
    const before = this.#stored.get(name);
    if (before?.yaml === yaml) return { ...before, changed: false };

    const generation = (before?.generation ?? 0) + 1;
    const stored = { name, generation, yaml, updatedAt: new Date().toISOString() };
    this.#stored.set(name, stored);
    return { ...stored, changed: true };
  }
}
