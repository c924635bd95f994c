#!/usr/bin/env node
// Runs on the Node of whoever types it, so it is plain JavaScript and says itself what is missing.
import { existsSync } from "node:fs";

const OLDEST = 20;
const bundle = new URL("../dist/cli/rollforward.js", import.meta.url);

if (Number(process.versions.node.split(".")[0]) < OLDEST) {
  process.stderr.write(`rollforward: Node ${OLDEST} or later is needed, not ${process.version}.\n`);
  process.exitCode = 1;
} else if (existsSync(bundle)) {
  await import(bundle.href);
} else {
  process.stderr.write("rollforward: it has not been built yet. Run: npm run build\n");
  process.exitCode = 1;
}
