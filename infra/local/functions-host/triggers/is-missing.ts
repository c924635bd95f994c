/** What a storage account was asked about, or all around it, is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "statusCode" in error && error.statusCode === 404;
}
