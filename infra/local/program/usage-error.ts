/** The person who started the program must start it differently: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
