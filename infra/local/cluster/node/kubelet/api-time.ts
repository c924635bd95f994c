/** Times of the Kubernetes API have whole seconds. */
export function toApiTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
