/** What belongs to one connection and is not handed on (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** @param names in lower case */
export function withoutHopByHop<Value>(
  headers: Readonly<Record<string, Value>>,
  ...names: readonly string[]
): Record<string, Value> {
  const dropped = new Set([...HOP_BY_HOP, ...connectionOptions(headers), ...names]);
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !dropped.has(name.toLowerCase())),
  );
}

function connectionOptions(headers: Readonly<Record<string, unknown>>): string[] {
  const options = headers["connection"];
  const text = Array.isArray(options) ? options.join(",") : options;
  return typeof text === "string" ? text.split(",").map((name) => name.trim().toLowerCase()) : [];
}
