/**
 * URLs under which a training pod gets a run's dataset: a capability, not a secret of the storage.
 *
 * It opens one file, and only while its run is in Tuning; each use is redirected to a fresh, short SAS.
 */
export interface DatasetUrls {
  urlFor(run: string): string;

  /** @returns the run that the capability opens, or `undefined` if it is not one of ours */
  runOf(capability: string): string | undefined;
}
