// Preloaded into the Functions host: counts the HTTP requests that it sends, by host and port, and writes
// them to the file that COUNT_REQUESTS_TO names, each time one has been sent.
import { subscribe } from "node:diagnostics_channel";
import { renameSync, writeFileSync } from "node:fs";

const file = process.env["COUNT_REQUESTS_TO"];
const counts = {};

function count(host) {
  counts[host] = (counts[host] ?? 0) + 1;
  if (!file) return;
  // Whoever reads it meanwhile finds a whole file.
  writeFileSync(`${file}.new`, JSON.stringify(counts));
  renameSync(`${file}.new`, file);
}

subscribe("http.client.request.start", ({ request }) => count(String(request.getHeader("host"))));
subscribe("undici:request:create", ({ request }) => count(new URL(request.origin).host));
