/** In .NET these belong to the content, and the extension passes only those of the response on. */
const OF_CONTENT = /^(?:allow|expires|last-modified|content-.*)$/;

/** .NET's spelling where it is not a capital letter in each part. */
const SPELLINGS = new Map([
  ["etag", "ETag"],
  ["www-authenticate", "WWW-Authenticate"],
]);

/** Headers as `DurableHttpResponse` has them: several values are an array. */
export function responseHeadersOf(headers: Headers): Record<string, string | string[]> {
  const result: Record<string, string | string[]> = {};
  for (const [name, value] of headers) {
    if (!OF_CONTENT.test(name)) result[spell(name)] = value;
  }
  const cookies = headers.getSetCookie();
  if (cookies.length > 1) result["Set-Cookie"] = cookies;
  return result;
}

/** `fetch` knows names in lower case only; .NET keeps what was sent, and custom names are sent like that. */
function spell(name: string): string {
  if (name.startsWith("x-")) return name;
  return SPELLINGS.get(name) ?? name.replaceAll(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}
