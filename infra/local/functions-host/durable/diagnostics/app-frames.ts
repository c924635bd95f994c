import path from "node:path";
import { fileURLToPath } from "node:url";

/** A frame of V8: `    at name (file:///app/main.js:3:14)`, without the name and brackets `    at /app/main.js:3:14`. */
const FRAME = /(?:\(|at (?:async )?)((?:file:\/\/)?\/[^()]*):(\d+):(\d+)\)?$/;

/**
 * Where durable-functions goes on with an orchestrator, or makes a task of its own (TaskOrchestrationExecutor.js,
 * CallHttpWithPollingTask.js): all that is below in a stack is the library and the host. By name, because
 * a bundle has the library in the same file as the app.
 */
const END_OF_APP = /\b(?:tryResumingUserCode|trySetValue)\b/;

const MOST_FRAMES = 4;

/**
 * The app's own lines in a stack, the innermost first, as `file:line:column` relative to the app.
 *
 * @param stack what V8 writes, already translated by source maps if those are on
 */
export function appFrames(stack: string, root: string): string[] {
  const lines = stack.split("\n").slice(1);
  const end = lines.findIndex((line) => END_OF_APP.test(line));
  return lines
    .slice(0, end < 0 ? lines.length : end)
    .flatMap((line) => frameOf(line, root) ?? [])
    .slice(0, MOST_FRAMES);
}

function frameOf(line: string, root: string): string | undefined {
  const [, place = "", row = "", column = ""] = FRAME.exec(line) ?? [];
  if (place === "" || place.includes("/node_modules/")) return undefined;
  const file = place.startsWith("file:") ? fileURLToPath(place) : place;
  return `${path.relative(root, file)}:${row}:${column}`;
}
