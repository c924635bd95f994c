import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { z } from "zod";

import { UsageError } from "../../program/usage-error.ts";
import type { Log } from "../log.ts";
import { parseJson } from "../settings/parse-json.ts";
import { stackOf } from "../../program/reason-of.ts";

const PackageJson = z.object({ main: z.string().optional() });

/**
 * The files that register the app's functions: package.json's `main` is a pattern, such as
 * `dist/src/{index.js,functions/*.js}`.
 *
 * @throws {UsageError} if there are none
 */
export function findEntryFiles(root: string): string[] {
  const file = path.join(root, "package.json");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`${root} is not a Functions app for Node: it has no package.json.`, {
      cause: error,
    });
  }
  const { main } = parseJson(file, text, PackageJson);
  if (main === undefined) {
    refuseOldModel(root);
    throw new UsageError(`${file} has no "main": it must name the files that register functions.`);
  }
  const files = findInOrder(main, root);
  if (files.length === 0) {
    refuseOldModel(root);
    throw new UsageError(`No file matches "main" of ${file} (${main}). Build the app first.`);
  }
  return files.map((name) => path.join(root, name));
}

/**
 * In the order of the worker's globby: alternatives as they are written, those that name one file before those
 * that may match several. Apps rely on it: what `{index.js,functions/*.js}` names first prepares the rest.
 */
function findInOrder(pattern: string, root: string): string[] {
  const alternatives = expandBraces(pattern);
  const isOne = (text: string): boolean => !/[*?[\]!()]/.test(text);
  const ordered = [...alternatives.filter(isOne), ...alternatives.filter((text) => !isOne(text))];
  const found = ordered.flatMap((text) =>
    globSync(text, { cwd: root, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.join(path.relative(root, entry.parentPath), entry.name))
      .toSorted(),
  );
  return [...new Set(found)];
}

const INNERMOST_BRACES = /\{([^{}]*,[^{}]*)\}/;

function expandBraces(pattern: string): string[] {
  const braces = INNERMOST_BRACES.exec(pattern);
  if (!braces) return [pattern];
  const [whole, list = ""] = braces;
  const before = pattern.slice(0, braces.index);
  const after = pattern.slice(braces.index + whole.length);
  return list.split(",").flatMap((choice) => expandBraces(`${before}${choice}${after}`));
}

/** @throws {UsageError} if the app is written as apps were before model v4 */
export function refuseOldModel(root: string): void {
  const [found] = globSync("*/function.json", { cwd: root });
  if (found === undefined) return;
  throw new UsageError(
    `${path.join(root, found)}: this app uses the programming model v3 (a function.json for each function). ` +
      "This host runs model v4, whose functions are registered in code: see aka.ms/nodejs/v4migration.",
  );
}

/** After that long, whoever waits for the app wants to know for what. */
const SLOW_LOAD_MS = 5000;

/** @throws what the file throws, with the file's name: the stack alone does not always tell */
export async function loadEntryFile(
  file: string,
  log: Log,
  slowAfterMs = SLOW_LOAD_MS,
): Promise<void> {
  const slow = setTimeout(() => {
    const message = `The app's file ${file} is still loading: something that it awaits has not ended.`;
    log.write("warning", "Worker", message);
  }, slowAfterMs);
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = stackOf(error);
    throw new Error(`The app's file ${file} cannot be loaded: ${reason}`, { cause: error });
  } finally {
    clearTimeout(slow);
  }
}
