// Loads one Functions app as the host does, once, and prints how long that took (milliseconds).
import { loadApp } from "../../infra/local/functions-host/app/load-app.ts";

const [root = "."] = process.argv.slice(2);
const log = { write: () => undefined };
const startedAt = performance.now();
await loadApp({ root, env: process.env, log, durableClient: "{}" });
const milliseconds = performance.now() - startedAt;
process.stdout.write(`${JSON.stringify({ milliseconds })}\n`);
process.exit(0);
