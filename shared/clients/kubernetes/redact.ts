const URL_IN_TEXT = /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/@"'\\]*@)?([^\s/?#"'\\]*)[^\s"'\\]*/gi;

const LONGEST_TEXT = 600;

/**
 * Text of the cluster as it may be shown and kept: addresses lose all but their host, because the
 * dataset's URL in a Workspace opens the dataset, and admission and containers quote it.
 */
export function redact(text: string): string {
  return text.replaceAll(URL_IN_TEXT, "$1$2/...").slice(0, LONGEST_TEXT);
}
