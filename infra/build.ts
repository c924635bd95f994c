// Bundles the app and the command line into dist/. `npm run build`; also run by `npm ci` (prepare).
import { chmod, rm } from "node:fs/promises";
import path from "node:path";

import { build, type BuildOptions } from "esbuild";

const root = path.join(import.meta.dirname, "..");

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "esm",
  splitting: true,
  minifySyntax: true,
  sourcemap: true,
  logLevel: "warning",
  // CommonJS packages inside an ES module still call `require`, @azure/functions for its core among them.
  banner: {
    js: 'import { createRequire as createRequireOf } from "node:module"; const require = createRequireOf(import.meta.url);',
  },
} satisfies BuildOptions;

/** Builds the Functions app: `dist/functions/main.js` and chunks that are loaded when first needed. */
async function buildFunctions(): Promise<void> {
  await build({
    ...common,
    entryPoints: ["functions/main.ts"],
    outdir: "dist/functions",
    target: "node22",
    chunkNames: "chunks/[name]-[hash]",
    // Given by the Functions host at run time; on npm there is no such package.
    external: ["@azure/functions-core"],
  });
}

/** Builds the command line for the Node of whoever types it: 20 or later. */
export async function buildCommandLine(outdir = "dist/cli"): Promise<void> {
  await build({
    ...common,
    entryPoints: ["cli/rollforward.ts"],
    outdir,
    target: "node20",
    chunkNames: "chunks/[name]-[hash]",
    banner: { js: `#!/usr/bin/env node\n${common.banner.js}` },
  });
  await chmod(path.resolve(root, outdir, "rollforward.js"), 0o755);
}

export async function buildApp(): Promise<void> {
  await rm(path.join(root, "dist"), { recursive: true, force: true });
  await Promise.all([buildFunctions(), buildCommandLine()]);
}

if (import.meta.main) await buildApp();
