import { BlockList, isIP } from "node:net";

const URL_PARTS =
  /^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):\/\/(?:[^@/?#]*@)?(?<host>\[[^\]]*\]|[^:/?#\s]*)(?::\d*)?(?:[/?#]\S*)?$/;

const METADATA_NAMES = new Set([
  "metadata.google.internal",
  "metadata.google",
  "instance-data.ec2.internal",
]);

const REFUSED = new BlockList();
for (const [network, bits] of [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
  ["224.0.0.0", 24],
] as const) {
  REFUSED.addSubnet(network, bits, "ipv4");
}
for (const [network, bits] of [
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff02::", 16],
] as const) {
  REFUSED.addSubnet(network, bits, "ipv6");
}

/**
 * Why KAITO refuses a data URL; undefined if it takes it (kaito 0.12: validateDataSourceURL).
 *
 * The host is read as text, as Go does: WHATWG's parser would see 127.0.0.1 in `http://2130706433/`,
 * which KAITO admits.
 */
export function dataUrlProblem(text: string): string | undefined {
  const { scheme, host } = URL_PARTS.exec(text)?.groups ?? {};
  if (!host || scheme === undefined) return "invalid data source URL";
  if (!/^https?$/i.test(scheme)) return "data source URL must use HTTP or HTTPS";
  const name = host.replaceAll(/^\[|\]$/g, "").toLowerCase();
  if (/(^|\.)localhost$/.test(name) || METADATA_NAMES.has(name)) {
    return "data source URL must not target a local or metadata endpoint";
  }
  return isInnerAddress(name)
    ? "data source URL must not target a loopback, private, or link-local address"
    : undefined;
}

function isInnerAddress(name: string): boolean {
  const [address = ""] = name.split("%");
  const family = isIP(address);
  return family !== 0 && REFUSED.check(address, family === 4 ? "ipv4" : "ipv6");
}
