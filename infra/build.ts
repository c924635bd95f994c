// Bundles the app and the command line into dist/. `npm run build`; also run by `npm ci` (prepare).
import { globSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";

import { build, type BuildOptions, type OutputFile } from "esbuild";

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
  write: false,
  // CommonJS packages inside an ES module still call `require`, @azure/functions for its core among them.
  banner: {
    js: 'import { createRequire as createRequireOf } from "node:module"; const require = createRequireOf(import.meta.url);',
  },
} satisfies BuildOptions;

/** Builds the Functions app: `dist/functions/main.js` and chunks that are loaded when first needed. */
async function buildFunctions(): Promise<void> {
  const outdir = "dist/functions";
  const { outputFiles } = await build({
    ...common,
    entryPoints: ["functions/main.ts"],
    outdir,
    target: "node22",
    chunkNames: "chunks/[name]-[hash]",
    // Given by the Functions host at run time; on npm there is no such package.
    external: ["@azure/functions-core"],
  });
  await replaceFiles(outdir, outputFiles);
}

/** Builds the command line for the Node of whoever types it: 20 or later. */
export async function buildCommandLine(outdir = "dist/cli"): Promise<void> {
  const { outputFiles } = await build({
    ...common,
    entryPoints: ["cli/rollforward.ts"],
    outdir,
    target: "node20",
    chunkNames: "chunks/[name]-[hash]",
  });
  await replaceFiles(outdir, outputFiles);
}

/**
 * Makes the folder hold exactly these files. One that is as it should be is not touched, and another is
 * replaced in one step: a host that runs from the folder loads its chunks when it first needs them.
 */
async function replaceFiles(outdir: string, files: readonly OutputFile[]): Promise<void> {
  const folder = path.resolve(root, outdir);
  for (const { path: file, contents } of files) {
    const present = await readFile(file).catch(() => undefined);
    if (present?.equals(contents)) continue;
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(`${file}.${process.pid}`, contents);
    await rename(`${file}.${process.pid}`, file);
  }
  const wanted = new Set(files.map(({ path: file }) => file));
  const stale = globSync("**/*.{js,map}", { cwd: folder })
    .map((name) => path.join(folder, name))
    .filter((file) => !wanted.has(file));
  await Promise.all(stale.map((file) => rm(file, { force: true })));
}

export async function buildApp(): Promise<void> {
  await Promise.all([buildFunctions(), buildCommandLine()]);
}

if (import.meta.main) await buildApp();
