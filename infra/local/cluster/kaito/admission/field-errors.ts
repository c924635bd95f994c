/** One problem and the fields that have it (knative: pkg/apis/field_error.go). */
export interface FieldError {
  readonly message: string;
  readonly paths: readonly string[];
}

export function genericError(message: string, ...paths: readonly string[]): FieldError {
  return { message, paths };
}

export function invalidValueError(value: string, path: string): FieldError {
  return { message: `invalid value: ${value}`, paths: [path] };
}

export function missingFieldError(...paths: readonly string[]): FieldError {
  return { message: "missing field(s)", paths };
}

/** The same problems, seen from the object that has `field`. */
export function viaField(field: string, errors: readonly FieldError[]): FieldError[] {
  return errors.map(({ message, paths }) => ({
    message,
    paths: paths.map((path) => (path === "" ? field : `${field}.${path}`)),
  }));
}

/** One line per message, in order; the fields of equal messages are put together. */
export function formatErrors(errors: readonly FieldError[]): string {
  const grouped = Map.groupBy(errors, ({ message }) => message);
  return Array.from(grouped, ([message, same]) => {
    const paths = [...new Set(same.flatMap((each) => each.paths))].toSorted();
    return `${message}: ${paths.join(", ")}`;
  })
    .toSorted()
    .join("\n");
}
