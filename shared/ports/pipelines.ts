/** A pipeline as it was applied: the document's own text, and its generation. */
export interface StoredPipeline {
  readonly name: string;
  /** Grows by one with each change; a run keeps the one it began with. */
  readonly generation: number;
  readonly yaml: string;
  readonly updatedAt: string;
}

/** The pipeline documents, one blob each. */
export interface Pipelines {
  list(): Promise<StoredPipeline[]>;

  find(name: string): Promise<StoredPipeline | undefined>;

  /**
   * Writes a document. The same text again changes nothing and keeps the generation.
   *
   * Two writers at once: one of them is told to try again (`TransientError`).
   */
  apply(name: string, yaml: string): Promise<StoredPipeline & { readonly changed: boolean }>;
}
