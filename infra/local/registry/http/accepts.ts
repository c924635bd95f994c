/** Whether an `Accept` header takes the media type; without a header, everything is taken. */
export function accepts(header: string | undefined, mediaType: string): boolean {
  if (header === undefined || header.trim() === "") return true;
  const [type = ""] = mediaType.split("/", 1);
  const taken = new Set([mediaType, `${type}/*`, "*/*"]);
  return header
    .toLowerCase()
    .split(",")
    .some((range) => taken.has((range.split(";", 1)[0] ?? "").trim()));
}
